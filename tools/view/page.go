package view

import (
	"fmt"

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

// Show appends a list as {notice, count, next_offset, link, results}. Items that
// would make the result too large are left out, and the notice says so.
func (p Page) Show(to []byte, list List) []byte {
	items := []byte{'['}
	shown, left := int64(0), false
	list.results.ForEach(func(_, item gjson.Result) bool {
		before := len(items)
		if shown > 0 {
			items = append(items, ',')
		}
		items = p.Item(items, item)
		if left = len(items) > mostBytes-room && shown > 0; left {
			items = items[:before]
			return false
		}
		shown++
		return true
	})
	items = append(items, ']')

	more := left || list.next.Type == gjson.String
	o := NewObject(to)
	o.Text("notice", p.notice(list.count.Int(), shown, left, more))
	o.Raw("count", list.count)
	if more {
		o.Number("next_offset", p.Offset+shown)
	}
	if shown > 0 {
		o.Text("link", p.Link)
	}
	o.JSON("results", items)
	return o.Bytes()
}

func (p Page) notice(count, shown int64, left, more bool) string {
	text := p.Notice
	if left {
		text = join(text, fmt.Sprintf("only %d of the page fit into %d KB", shown, mostBytes/1000))
	}
	if more {
		text = join(text, fmt.Sprintf("%d of %d; next offset %d, or narrow with %s", shown, count, p.Offset+shown, p.Narrow))
	}
	return text
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + ". " + b
}
