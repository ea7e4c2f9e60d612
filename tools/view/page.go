package view

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// mostBytes bounds a result: what is larger, clients cut or refuse.
const mostBytes = 40_000

// room is what a page says around its items, at most.
const room = 1_000

// Page is how a list is shown.
type Page struct {
	// Item appends one item as it is shown.
	Item func(to []byte, item gjson.Result) []byte
	// Offset is where the page begins.
	Offset int64
	// Narrow says how to ask for less: "search or target_type".
	Narrow string
	// Link is a template for the items' links; empty for none.
	Link string
	// Notice is what is to be said before everything else; empty for nothing.
	Notice string
}

// List is a page of PostHog's: {count, next, previous, results}.
type List struct{ count, next, results gjson.Result }

// ReadList finds a list's members; false when the answer is no list.
func ReadList(answer gjson.Result) (l List, ok bool) {
	answer.ForEach(func(name, value gjson.Result) bool {
		switch name.Str {
		case "count":
			l.count = value
		case "next":
			l.next = value
		case "results":
			l.results = value
		}
		return true
	})
	return l, l.results.IsArray()
}

// First is the first of the list's items; absent where there is none.
func (l List) First() gjson.Result { return l.results.Get("0") }

// Show appends a list as {notice, count, next_offset, link, results}. Items that
// would make the result too large are left out, and the notice says so.
func (p Page) Show(to []byte, list List) []byte {
	rows := Rows{Item: p.Item}.Take(list.results)
	more := rows.Left || list.next.Type == gjson.String
	o := NewObject(to)
	o.Text("notice", p.notice(list.count.Int(), rows.Shown, rows.Left, more))
	o.Raw("count", list.count)
	if more {
		o.Number("next_offset", p.Offset+rows.Shown)
	}
	if rows.Shown > 0 {
		o.Text("link", p.Link)
	}
	o.JSON("results", rows.JSON)
	return o.Bytes()
}

func (p Page) notice(count, shown int64, left, more bool) string {
	text := p.Notice
	if left {
		text = Join(text, fmt.Sprintf("only %d of the page fit into %d KB", shown, mostBytes/1000))
	}
	if more {
		text = Join(text, fmt.Sprintf("%d of %d; next offset %d, or narrow with %s", shown, count, p.Offset+shown, p.Narrow))
	}
	return text
}

// Join makes two sentences one text; an empty one adds nothing.
func Join(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return strings.TrimSuffix(a, ".") + ". " + b
}
