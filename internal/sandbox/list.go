package sandbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"posthog-mcp/internal/sandbox/drf"
)

const (
	pageSize      = 100
	longestSearch = 200
	farthest      = 1 << 40 // the largest limit and offset, which keeps sums in range
)

func (c *call) rows(table string, keep func(row) bool) []row {
	return where(c.tables[table], func(r row) bool { return r["team_id"] == c.project["id"] && keep(r) })
}

// named returns the row that the path names by number, or ends the call.
func (c *call) named(table string) row {
	id, _ := strconv.ParseInt(c.values["id"], 10, 64)
	r := c.find(table, c.project.number("id"), id)
	refuse(r == nil, notFound())
	return r
}

// notFound has the framework's own sentence.
func notFound() *drf.Error { return drf.Missing("Not found.") }

// read checks data against a serializer's fields, or ends the call.
func (c *call) read(serializer string, data map[string]any, partial bool, check func(name string, value any) *drf.Error) row {
	given, err := drf.Read(c.fields(serializer), data, partial, check)
	refuse(err != nil, err)
	return row(given)
}

// one answers with a row as an object of the kind.
func one(kind string, load func(*call) row) func(*call) any {
	return func(c *call) any { return c.show(kind, load(c)) }
}

// list answers with a page of the rows, sorted by the columns. The first page's link has no offset.
func (c *call) list(kind string, rows []row, columns ...string) any {
	c.sort(rows, columns...)
	limit, offset := c.page(pageSize)
	link := func(there bool, offset int) any {
		start := map[bool]string{true: strconv.Itoa(offset)}[offset > 0]
		return c.link(there, "limit", strconv.Itoa(limit), "offset", start)
	}
	return object{
		{"count", len(rows)}, {"next", link(offset+limit < len(rows), offset+limit)}, {"previous", link(offset > 0, offset-limit)},
		{"results", c.showAll(kind, cutOut(rows, limit, offset))},
	}
}

// page returns the query's limit and offset. An invalid limit or offset counts as absent.
func (c *call) page(size int) (limit, offset int) {
	number := func(name string, least, otherwise int) int {
		n, err := strconv.Atoi(c.query.Get(name))
		if err != nil || n < least {
			return otherwise
		}
		return min(n, farthest)
	}
	return number("limit", 1, size), number("offset", 0, 0)
}

func cutOut(rows []row, limit, offset int) []row {
	return rows[min(offset, len(rows)):min(offset+limit, len(rows))]
}

// link returns the call's absolute URL with other parameters, if the page is there. An empty value removes one.
func (c *call) link(there bool, pairs ...string) any {
	query := c.r.URL.Query()
	for pair := range slices.Chunk(pairs, 2) {
		query.Set(pair[0], pair[1])
		if pair[1] == "" {
			query.Del(pair[0])
		}
	}
	if !there {
		return nil
	}
	return c.base + c.r.URL.EscapedPath() + "?" + query.Encode()
}

// sort sorts by the columns: -name means descending order, created_by__email a column of a user.
func (w *world) sort(rows []row, columns ...string) {
	slices.SortStableFunc(rows, func(a, b row) int {
		for _, column := range columns {
			column, descending := strings.CutPrefix(column, "-")
			switch n := strings.Compare(sortKey(w.column(a, column)), sortKey(w.column(b, column))); {
			case n != 0 && descending:
				return -n
			case n != 0:
				return n
			}
		}
		return 0
	})
}

func (w *world) column(r row, name string) any {
	if owner, theirs, ok := strings.Cut(name, "__"); ok {
		return w.find("users", 0, r[owner])[theirs]
	}
	return r[name]
}

// sortKey orders a column's values as PostgreSQL does: nulls last.
func sortKey(v any) string {
	switch v := v.(type) {
	case int64:
		return fmt.Sprintf("%020d", v)
	case time.Time:
		return v.Format("20060102150405.000000")
	case nil:
		return "\U0010ffff"
	}
	return fmt.Sprint(v)
}

// searchText returns the query's search in lower case.
func (c *call) searchText() string {
	text := c.query.Get("search")
	refuse(utf8.RuneCountInString(text) > longestSearch, drf.Invalid("search", "Search query must be 200 characters or fewer."))
	return strings.ToLower(text)
}

// searched returns the rows with the text in one of the columns, and sets the member into to the kind of match. Without a
// text it returns all rows, and sets null.
func (c *call) searched(rows []row, text, into string, columns ...string) []row {
	out := []row{}
	for _, r := range rows {
		var names []string
		for _, column := range columns {
			names = append(append(names, r.text(column)), r.texts(column)...)
		}
		found := match(text, names...)
		switch {
		case text == "":
			out = append(out, r.with(row{into: nil}))
		case found != "":
			out = append(out, r.with(row{into: found}))
		}
	}
	return out
}

// match returns the kind of match of the text in the names; empty for none.
func match(text string, names ...string) (found string) {
	for _, name := range names {
		name = strings.ToLower(name)
		if strings.Contains(name, text) {
			return "exact"
		}
		if similarity(text, name) >= 0.3 {
			found = "similar"
		}
	}
	return found
}

// similarity is PostgreSQL's: the shared trigrams of two texts, divided by all.
func similarity(a, b string) float64 {
	left, right := trigrams(a), trigrams(b)
	shared := 0
	for t := range left {
		if right[t] {
			shared++
		}
	}
	return float64(shared) / float64(max(1, len(left)+len(right)-shared))
}

func trigrams(text string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		runes := []rune("  " + word + " ")
		for i := range len(runes) - 2 {
			out[string(runes[i:i+3])] = true
		}
	}
	return out
}
