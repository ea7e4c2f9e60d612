package view

import (
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// room is how many bytes the members of a page take at most, without its items.
const room = 1_000

// Page is how a list is shown.
type Page struct {
	// Item appends one item as it is shown.
	Item func(to []byte, item gjson.Result) []byte
	// Filter tells which items are shown; nil for all. Most is how many are shown
	// of those; 0 for as many as fit.
	Filter func(item gjson.Result) bool
	Most   int64
	// ByName says that the list is there to find things by their names.
	ByName bool
	// Offset is where the page begins.
	Offset int64
	// NarrowHint says how to ask for less: "search or target_type".
	NarrowHint string
	// Link is a template for the items' links; empty for none.
	Link string
	// EmptyNotice is said when there is nothing to show; empty for nothing.
	EmptyNotice string
	// Notice is what is to be said before everything else; empty for nothing.
	Notice string
}

// Show appends a list as an object of what [Page.Add] adds.
func (p Page) Show(to []byte, list List) []byte {
	o := NewObject(to)
	p.Add(o, list)
	return o.Bytes()
}

// Add adds notice, count, next_offset, link and results. Items that would make
// the result too large are left out, and the notice says so. Where only some are
// wanted, the offset counts those that were looked at, and the count is that of the
// wanted ones, where all were looked at.
func (p Page) Add(o *Object, list List) {
	rows := Rows{Item: p.Item, Filter: p.Filter, Most: p.Most}.Take(list.Items)
	more := rows.Left || list.More
	o.Text("notice", Join(Join(p.Notice, p.fits(rows, more)), p.rest(list, rows, more)))
	switch {
	case p.Filter == nil:
		o.Raw("count", list.Count)
	case rows.Shown > 0 && !list.More && p.Offset == 0:
		o.Number("count", p.found(list)) // all were looked at
	}
	if more {
		o.Number("next_offset", p.Offset+rows.Seen)
	}
	if rows.Shown > 0 {
		o.Text("link", p.Link)
	}
	o.JSON("results", rows.JSON)
}

// fits says what did not fit, or that nothing of the page was wanted.
func (p Page) fits(rows Taken, more bool) string {
	switch {
	case rows.Full && p.ByName:
		return "what follows does not fit into the answer"
	case rows.Full:
		return fmt.Sprintf("only %d of the page fit into %d KB", rows.Shown, MostBytes/1000)
	case rows.Shown == 0 && more && p.ByName:
		return "none found so far"
	}
	return ""
}

// rest says what there is besides, and how to get it.
func (p Page) rest(list List, rows Taken, more bool) string {
	next, count := p.Offset+rows.Seen, list.Count.Int()
	switch {
	case rows.Left && p.Filter != nil && !list.More && p.Offset == 0:
		return fmt.Sprintf("%d of the %d that match; next offset %d", rows.Shown, p.found(list), next)
	case more && p.Filter != nil && p.ByName && rows.Left:
		return fmt.Sprintf("these are the first %d that were found; next offset %d", rows.Shown, next)
	case more && p.Filter != nil:
		return fmt.Sprintf("looked at %d of %d; next offset %d", next, count, next)
	case more:
		return fmt.Sprintf("%d of %d; next offset %d, or narrow with %s", rows.Shown, count, next, p.NarrowHint)
	case rows.Shown == 0 && count > 0 && p.Filter == nil:
		return fmt.Sprintf("nothing from offset %d on: there are %d", p.Offset, count)
	case rows.Shown == 0:
		return p.EmptyNotice
	}
	return ""
}

// found is how many items of the list are wanted.
func (p Page) found(list List) (n int64) {
	for item := range Raw(list.Items.Raw).Items() {
		if p.Filter(item.Value()) {
			n++
		}
	}
	return n
}

// Join makes one text of sentences; an empty one adds nothing.
func Join(sentences ...string) (text string) {
	for _, sentence := range sentences {
		if text != "" && sentence != "" {
			text = strings.TrimSuffix(text, ".") + ". "
		}
		text += sentence
	}
	return text
}

// When is the text if it holds, and else empty.
func When(holds bool, text string) string {
	if holds {
		return text
	}
	return ""
}

// Find searches the items for words in their names. PostHog searches first; it is
// done again here, since older servers ignore the search and send everything.
// Where no name has all the words, PostHog's own idea of what was meant stands in:
// match says then how it found an item, and is empty else.
func Find(items gjson.Result, words []string, name func(item gjson.Result) string) (wanted func(gjson.Result) bool, match func(gjson.Result) string) {
	named := func(item gjson.Result) bool { return HasWords(name(item), words) }
	if Any(items, named) {
		return named, func(gjson.Result) string { return "" }
	}
	return func(item gjson.Result) bool { return matchOf(item) != "" }, matchOf
}

// matchOf is empty where the server does not say how it found the item, and may
// have ignored the search.
func matchOf(item gjson.Result) string {
	switch item.Get("search_match_type").String() {
	case "similar":
		return "similar"
	case "exact":
		return "description or tag"
	}
	return ""
}

// Items are those of an array; a value that is none has none.
func Items(value gjson.Result) []gjson.Result {
	if !value.IsArray() {
		return nil
	}
	return value.Array()
}

// Any tells whether one of an array's items is such.
func Any(items gjson.Result, is func(gjson.Result) bool) (yes bool) {
	if !items.IsArray() {
		return false
	}
	items.ForEach(func(_, item gjson.Result) bool {
		yes = is(item)
		return !yes
	})
	return yes
}

// Words are the words of a search, in lower case.
func Words(search string) []string { return strings.Fields(strings.ToLower(search)) }

// HasWords tells whether a name has all the words.
func HasWords(name string, words []string) bool {
	name = strings.ToLower(name)
	for _, w := range words {
		if !strings.Contains(name, w) {
			return false
		}
	}
	return true
}
