package sandbox

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"posthog-mcp/internal/sandbox/drf"
)

const (
	pageSize      = 100
	longestSearch = 200
	// farthest is as far as a page may lie; there is nothing beyond it.
	farthest = 1 << 40
)

// A page is what every list answers, except those with a cursor.
type page struct {
	Count    int     `json:"count"`
	Next     *string `json:"next"`
	Previous *string `json:"previous"`
	Results  any     `json:"results"`
}

// rows are the table's in the call's project that are to be kept.
func (c *call) rows(table string, keep func(row) bool) []row {
	return where(c.tables[table], func(r row) bool { return r["team_id"] == c.project["id"] && keep(r) })
}

// named is the row that the path names by number; nil for none.
func (c *call) named(table string) row {
	id, err := strconv.ParseInt(c.values["id"], 10, 64)
	if err != nil {
		return nil
	}
	return c.find(table, c.project.number("id"), id)
}

// list answers with a page of the rows: those that limit and offset name. A
// limit that is not a positive number is as good as none, and so is a bad
// offset.
func (c *call) list(kind string, rows []row) reply {
	limit, offset := positive(c.query.Get("limit"), 1, pageSize), positive(c.query.Get("offset"), 0, 0)
	total := len(rows)
	p := page{Count: total, Results: c.showAll(kind, rows[min(offset, total):min(offset+limit, total)])}
	if offset+limit < total {
		p.Next = c.pageURL(limit, offset+limit)
	}
	if offset > 0 {
		p.Previous = c.pageURL(limit, offset-limit)
	}
	return ok(p)
}

func positive(text string, least, otherwise int) int {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || n < int64(least) {
		return otherwise
	}
	return int(min(n, farthest))
}

// pageURL is absolute and keeps the other parameters; an offset of the first
// page is left out. The framework sorts the parameters it rewrites.
func (c *call) pageURL(limit, offset int) *string {
	query := c.r.URL.Query()
	query.Set("limit", strconv.Itoa(limit))
	query.Set("offset", strconv.Itoa(offset))
	if offset <= 0 {
		query.Del("offset")
	}
	return c.link(query)
}

// link is the call's own address with another query.
func (c *call) link(query url.Values) *string {
	return new(c.base + c.r.URL.EscapedPath() + "?" + query.Encode())
}

// compareValues orders a column's values as PostgreSQL does: nulls last.
func compareValues(a, b any) int {
	switch a := a.(type) {
	case nil:
		if b != nil {
			return 1
		}
		return 0
	case string:
		if b, ok := b.(string); ok {
			return strings.Compare(a, b)
		}
	case int64:
		if b, ok := b.(int64); ok {
			return int(a - b)
		}
	case time.Time:
		if b, ok := b.(time.Time); ok {
			return a.Compare(b)
		}
	}
	return -1
}

// searchText is the query's search; too long a one is an error.
func (c *call) searchText() (string, *drf.Error) {
	text := c.query.Get("search")
	if utf8.RuneCountInString(text) > longestSearch {
		return "", drf.Invalid("search", "Search query must be 200 characters or fewer.")
	}
	return strings.ToLower(text), nil
}

// How a search found something.
const (
	exactMatch   = "exact"
	similarMatch = "similar"
)

// searched are the rows with the text in one of the columns, and how it was
// found in the member; without a text that is null.
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

// match says how the text is found in the names; empty for not at all.
func match(text string, names ...string) (found string) {
	for _, name := range names {
		name = strings.ToLower(name)
		if strings.Contains(name, text) {
			return exactMatch
		}
		if similarity(text, name) >= 0.3 {
			found = similarMatch
		}
	}
	return found
}

// similarity is PostgreSQL's: shared trigrams of both texts, of all.
func similarity(a, b string) float64 {
	left, right := trigrams(a), trigrams(b)
	shared := 0
	for t := range left {
		if right[t] {
			shared++
		}
	}
	all := len(left) + len(right) - shared
	if all == 0 {
		return 0
	}
	return float64(shared) / float64(all)
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
