package sandbox

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

func listSubscriptions(c *call) reply {
	keep, rep := c.subscriptionFilter()
	if rep != nil {
		return *rep
	}
	var rows []*subscription
	for _, s := range c.subscriptions {
		if s.project == c.project.ID && keep(s) {
			rows = append(rows, s)
		}
	}
	c.order(rows)
	p := paginate(c, rows)
	cutOut := p.Results.([]*subscription)
	views := make([]*subscriptionView, len(cutOut))
	for i, s := range cutOut {
		views[i] = c.show(s)
	}
	p.Results = views
	return ok(p)
}

// subscriptionFilter reads the query, in the order in which PostHog does; its
// reply is the error of a bad one.
func (c *call) subscriptionFilter() (func(*subscription) bool, *reply) {
	q := c.query
	tests := []func(*subscription) bool{func(s *subscription) bool { return s.deleted == (q.Get("deleted") == "true") }}
	if raw := q.Get("created_by"); raw != "" {
		if !isUUID(raw) {
			return nil, new(failed(drf.Invalid("created_by", "Not a valid UUID.")))
		}
		bare := strings.ReplaceAll(raw, "-", "")
		tests = append(tests, func(s *subscription) bool {
			return strings.EqualFold(strings.ReplaceAll(c.users[s.createdBy].UUID, "-", ""), bare)
		})
	}
	switch q.Get("resource_type") {
	case "insight":
		tests = append(tests, func(s *subscription) bool { return s.insight != nil })
	case "dashboard":
		tests = append(tests, func(s *subscription) bool { return s.dashboard != nil })
	}
	if kind := q.Get("target_type"); kind != "" {
		if !slices.Contains(targetTypes, kind) {
			return nil, new(failed(drf.Invalid("target_type", "Must be one of: email, slack, webhook.")))
		}
		tests = append(tests, func(s *subscription) bool { return s.targetType == kind })
	}
	for name, get := range map[string]func(*subscription) *int64{
		"insight":   func(s *subscription) *int64 { return s.insight },
		"dashboard": func(s *subscription) *int64 { return s.dashboard },
	} {
		raw := q.Get(name)
		if raw == "" {
			continue
		}
		id, err := strconv.ParseInt(raw, 10, 64)
		if err != nil {
			// Nobody catches Python's ValueError there.
			return nil, new(failed(drf.Crashed()))
		}
		tests = append(tests, func(s *subscription) bool { p := get(s); return p != nil && *p == id })
	}
	tests = append(tests, c.search(q.Get("search")))
	return func(s *subscription) bool {
		return !slices.ContainsFunc(tests, func(t func(*subscription) bool) bool { return !t(s) })
	}, nil
}

var uuidForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$`)
})

func isUUID(s string) bool { return uuidForm().MatchString(s) }

// terms are what the framework makes of a search: split at spaces and commas.
func terms(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ' ' || r == ',' })
}

// search keeps rows in which each term is part of one of the names.
func (c *call) search(text string) func(*subscription) bool {
	want := terms(text)
	return func(s *subscription) bool {
		names := c.searchable(s)
		for _, term := range want {
			if !slices.ContainsFunc(names, func(name string) bool { return strings.Contains(strings.ToLower(name), term) }) {
				return false
			}
		}
		return true
	}
}

func (c *call) searchable(s *subscription) []string {
	var names []string
	if s.title != nil {
		names = append(names, *s.title)
	}
	if s.insight != nil {
		names = append(names, c.insights[*s.insight].name(), c.insights[*s.insight].derivedName())
	}
	if s.dashboard != nil {
		names = append(names, c.dashboards[*s.dashboard].Name)
	}
	return names
}

// order sorts by the names that ordering gives; those it does not know are
// passed over. Ties go by id.
func (c *call) order(rows []*subscription) {
	var keys []func(a, b *subscription) int
	for name := range strings.SplitSeq(c.query.Get("ordering"), ",") {
		name = strings.TrimSpace(name)
		field, descending := strings.CutPrefix(name, "-")
		compare := c.comparison(field)
		switch {
		case compare == nil:
		case descending:
			keys = append(keys, func(a, b *subscription) int { return compare(b, a) })
		default:
			keys = append(keys, compare)
		}
	}
	if keys == nil {
		keys = append(keys, func(a, b *subscription) int { return b.createdAt.Compare(a.createdAt) })
	}
	slices.SortStableFunc(rows, func(a, b *subscription) int {
		for _, key := range keys {
			if n := key(a, b); n != 0 {
				return n
			}
		}
		return cmp.Compare(b.id, a.id)
	})
}

func (c *call) comparison(field string) func(a, b *subscription) int {
	switch field {
	case "created_at":
		return func(a, b *subscription) int { return a.createdAt.Compare(b.createdAt) }
	case "next_delivery_date":
		return func(a, b *subscription) int { return nullsLast(a.nextDelivery, b.nextDelivery, time.Time.Compare) }
	case "title":
		return func(a, b *subscription) int { return nullsLast(a.title, b.title, strings.Compare) }
	case "created_by__email":
		return func(a, b *subscription) int {
			return strings.Compare(c.users[a.createdBy].Email, c.users[b.createdBy].Email)
		}
	}
	return nil
}

// nullsLast is how PostgreSQL orders nulls: after everything else.
func nullsLast[T any](a, b *T, compare func(T, T) int) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return compare(*a, *b)
}

func getSubscription(c *call) reply {
	s := c.subscription()
	if s == nil || s.deleted && c.query.Get("deleted") == "false" {
		return failed(drf.NotFound())
	}
	return ok(c.show(s))
}
