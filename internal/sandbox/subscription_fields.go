package sandbox

import (
	"encoding/json"
	"strconv"
	"time"

	"posthog-mcp/internal/sandbox/drf"
	"posthog-mcp/internal/sandbox/schedule"
)

// A subscriptionField is a writable field: the framework's rules, where its
// value goes, and whether it moves the schedule.
type subscriptionField struct {
	drf.Field
	set   func(*subscription, any)
	moves bool
}

var (
	targetTypes = []string{"email", "slack", "webhook"}
	frequencies = []string{"daily", "weekly", "monthly", "yearly"}
)

// subscriptionFields are in serializer order, which decides the error that is
// reported.
var subscriptionFields = []subscriptionField{
	{Field: drf.Field{Name: "dashboard", Kind: drf.Related, Null: true}, set: func(s *subscription, v any) { s.dashboard = intPtr(v) }},
	{Field: drf.Field{Name: "insight", Kind: drf.Related, Null: true}, set: func(s *subscription, v any) { s.insight = intPtr(v) }},
	{Field: drf.Field{Name: "dashboard_export_insights", Kind: drf.JSON}, set: func(s *subscription, v any) { s.exportInsights = distinct(insightIDs(v)) }},
	{Field: drf.Field{Name: "target_type", Kind: drf.Choice, Required: true, Choices: targetTypes},
		set: func(s *subscription, v any) { s.targetType = v.(string) }},
	{Field: drf.Field{Name: "target_value", Kind: drf.Char, Required: true}, set: func(s *subscription, v any) { s.targetValue = v.(string) }},
	{Field: drf.Field{Name: "frequency", Kind: drf.Choice, Required: true, Choices: frequencies}, moves: true,
		set: func(s *subscription, v any) { s.frequency = v.(string) }},
	// An interval below 1 makes python-dateutil raise or never end.
	{Field: drf.Field{Name: "interval", Kind: drf.Integer, Min: 1}, moves: true, set: func(s *subscription, v any) { s.interval = v.(int64) }},
	{Field: drf.Field{Name: "byweekday", Kind: drf.ChoiceList, Null: true, Choices: schedule.Weekdays[:]}, moves: true,
		set: func(s *subscription, v any) { s.byWeekday, _ = v.([]string) }},
	{Field: drf.Field{Name: "bysetpos", Kind: drf.Integer, Null: true}, moves: true, set: func(s *subscription, v any) { s.bySetPos = intPtr(v) }},
	{Field: drf.Field{Name: "count", Kind: drf.Integer, Null: true}, moves: true, set: func(s *subscription, v any) { s.count = intPtr(v) }},
	{Field: drf.Field{Name: "start_date", Kind: drf.DateTime, Required: true}, moves: true,
		set: func(s *subscription, v any) { s.startDate = v.(time.Time) }},
	{Field: drf.Field{Name: "until_date", Kind: drf.DateTime, Null: true}, moves: true,
		set: func(s *subscription, v any) { s.untilDate = pointer[time.Time](v) }},
	{Field: drf.Field{Name: "deleted", Kind: drf.Boolean}, set: func(s *subscription, v any) { s.deleted = v.(bool) }},
	{Field: drf.Field{Name: "enabled", Kind: drf.Boolean}, set: func(s *subscription, v any) { s.enabled = v.(bool) }},
	{Field: drf.Field{Name: "title", Kind: drf.Char, Null: true, Blank: true, MaxLength: 100},
		set: func(s *subscription, v any) { s.title = pointer[string](v) }},
	{Field: drf.Field{Name: "integration_id", Kind: drf.Integer, Null: true}, set: func(s *subscription, v any) { s.integration = intPtr(v) }},
	{Field: drf.Field{Name: "invite_message", Kind: drf.Char, Null: true, Blank: true},
		set: func(s *subscription, v any) { s.inviteMessage = pointer[string](v) }},
	{Field: drf.Field{Name: "summary_enabled", Kind: drf.Boolean}, set: func(s *subscription, v any) { s.summaryEnabled = v.(bool) }},
	{Field: drf.Field{Name: "summary_prompt_guide", Kind: drf.Char, Blank: true, MaxLength: 500},
		set: func(s *subscription, v any) { s.promptGuide = v.(string) }},
}

func intPtr(v any) *int64 { return pointer[int64](v) }

// pointer is nil for null.
func pointer[T any](v any) *T {
	if t, ok := v.(T); ok {
		return &t
	}
	return nil
}

func subscriptionRules() []drf.Field {
	out := make([]drf.Field, len(subscriptionFields))
	for i := range subscriptionFields {
		out[i] = subscriptionFields[i].Field
	}
	return out
}

// apply sets what the body named and nothing else; it says whether that moved
// the schedule.
func (s *subscription) apply(v drf.Values) (moved bool) {
	for i := range subscriptionFields {
		f := &subscriptionFields[i]
		if v.Has(f.Name) {
			f.set(s, v[f.Name])
			moved = moved || f.moves
		}
	}
	return moved
}

// checkField is what the serializer looks up while it reads.
func (c *call) checkField(name string, value any) *drf.Error {
	switch name {
	case "dashboard":
		if _, ok := c.dashboards[value.(int64)]; !ok {
			return drf.NoSuchKey(name, strconv.FormatInt(value.(int64), 10))
		}
	case "insight":
		if _, ok := c.insights[value.(int64)]; !ok {
			return drf.NoSuchKey(name, strconv.FormatInt(value.(int64), 10))
		}
	case "dashboard_export_insights":
		list, ok := value.([]any)
		if !ok {
			return drf.Invalid(name, "Expected a list of insight IDs.")
		}
		if len(insightIDs(value)) != len(list) {
			return drf.Invalid(name, "All items must be integers.")
		}
	}
	return nil
}

// insightIDs are the integers of a decoded list, in order; booleans and
// numbers with a fraction are none.
func insightIDs(v any) []int64 {
	list, _ := v.([]any)
	out := make([]int64, 0, len(list))
	for _, item := range list {
		number, ok := item.(json.Number)
		if !ok {
			continue
		}
		if n, err := strconv.ParseInt(number.String(), 10, 64); err == nil {
			out = append(out, n)
		}
	}
	return out
}

// distinct keeps the first of each id, in order.
func distinct(ids []int64) []int64 {
	out := make([]int64, 0, min(len(ids), 64))
	seen := make(map[int64]bool, len(ids))
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}
