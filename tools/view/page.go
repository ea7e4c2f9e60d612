package view

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

const (
	// MostBytes is the size limit of a result: clients cut or refuse larger ones.
	MostBytes  = 40_000
	room       = 1_000    // for the members of a page besides its items
	noticeName = "notice" // holds the server's own sentences
)

// Rows picks items of an answer and writes them as a JSON array.
type Rows struct {
	Item   func(to []byte, item gjson.Result) []byte // appends one item as it is shown
	Filter func(item gjson.Result) bool              // tells which are shown; nil for all
	// Skip is the number of items, wanted or not, to pass over first. Most is that of
	// items to show; 0 for as many as fit into a result.
	Skip, Most int64
}

// Each makes a [Rows] of objects, which write writes.
func Each(write func(o *Object, item gjson.Result)) Rows {
	return Rows{Item: func(to []byte, item gjson.Result) []byte {
		o := NewObject(to)
		write(o, item)
		return o.Bytes()
	}}
}

// Taken is the result of [Rows.Take].
type Taken struct {
	JSON []byte // an array
	// Shown is the number of items in the array. Seen is that of items read, shown or
	// not, and the index of the first item that was left out.
	Shown, Seen int64
	// Left means that a wanted item was left out; Full, that there was no room.
	Left, Full bool
}

// Take reads the items until enough of them are shown, or no more fit. A value
// that is no array has no items.
func (r Rows) Take(items gjson.Result) (t Taken) {
	// A row has about a quarter of its item's bytes.
	t.JSON = append(make([]byte, 0, min(len(items.Raw)/3, MostBytes)+2), '[')
	if items.IsArray() {
		items.ForEach(func(_, item gjson.Result) bool {
			if t.Left = t.Seen >= r.Skip && (r.Filter == nil || r.Filter(item)) && !r.add(&t, item); t.Left {
				return false
			}
			t.Seen++
			return true
		})
	}
	t.JSON = append(t.JSON, ']')
	return t
}

// add appends the item if there is room for it. The first one is made to fit.
func (r Rows) add(t *Taken, item gjson.Result) bool {
	if r.Most > 0 && t.Shown == r.Most {
		return false
	}
	before := len(t.JSON)
	if t.Shown > 0 {
		t.JSON = append(t.JSON, ',')
	}
	t.JSON = r.Item(t.JSON, item)
	switch full := len(t.JSON) > MostBytes-room; {
	case full && t.Shown > 0:
		t.JSON, t.Full = t.JSON[:before], true
		return false
	case full:
		t.JSON = append(t.JSON[:before], Fit(bytes.Clone(t.JSON[before:]), MostBytes-2*room)...)
	}
	t.Shown++
	return true
}

// Page is how one page of PostHog's lists ({count, next, previous, results}) is shown.
type Page struct {
	Rows
	Items  gjson.Result // the results
	Offset int64        // where the page begins
	ByName bool         // the list is there to find things by their names
	// NarrowHint says how to ask for less: "search or target_type". EmptyNotice is said
	// when there is nothing to show, and Notice before everything else.
	NarrowHint, EmptyNotice, Notice string
	Link                            string // a template for the items' links
}

// Add adds notice, count, next_offset, link and results. Items that would make the result
// too large are left out, and the notice says so. With a filter, the offset counts items
// that were looked at, and the count those that are wanted, where all were looked at.
func (p Page) Add(o *Object, answer gjson.Result) {
	rows, count, last := p.Take(p.Items), answer.Get("count"), answer.Get("next").Type != gjson.String
	more := rows.Left || !last
	o.Text(noticeName, Join(p.Notice, p.fits(rows, more), p.rest(rows, count.Int(), last)))
	switch {
	case p.Filter == nil:
		o.Raw("count", count)
	case rows.Shown > 0 && last && p.Offset == 0:
		o.Number("count", p.found()) // all were looked at
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
func (p Page) rest(rows Taken, count int64, last bool) string {
	next, more := p.Offset+rows.Seen, rows.Left || !last
	switch {
	case rows.Left && p.Filter != nil && last && p.Offset == 0:
		return fmt.Sprintf("%d of the %d that match; next offset %d", rows.Shown, p.found(), next)
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
func (p Page) found() int64 {
	unwanted := func(item gjson.Result) bool { return !p.Filter(item) }
	return int64(len(slices.DeleteFunc(Items(p.Items), unwanted)))
}

// Find searches the items for words in their names. PostHog searches first; it is
// done again here, since older servers ignore the search and send everything.
// Where no name has all the words, PostHog's own idea of what was meant stands in:
// match says then how it found an item, and is empty else.
func Find(items gjson.Result, words []string, name func(item gjson.Result) string) (wanted func(gjson.Result) bool, match func(gjson.Result) string) {
	named := func(item gjson.Result) bool { return HasWords(name(item), words) }
	if slices.ContainsFunc(Items(items), named) {
		return named, func(gjson.Result) string { return "" }
	}
	match = func(item gjson.Result) string { return matches[item.Get("search_match_type").String()] }
	return func(item gjson.Result) bool { return match(item) != "" }, match
}

// matches are the ways to find an item that PostHog names. A server that names none may
// have ignored the search.
var matches = map[string]string{"similar": "similar", "exact": "description or tag"}

// Words are the words of a search, in lower case.
func Words(search string) []string { return strings.Fields(strings.ToLower(search)) }

// HasWords tells whether a name has all the words.
func HasWords(name string, words []string) bool {
	name = strings.ToLower(name)
	return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) })
}

// Fit removes the largest members of an object until it has at most most bytes,
// and names a few of them in its notice. A smaller object is returned as it is.
func Fit(object []byte, most int) []byte {
	if len(object) <= most {
		return object
	}
	type member struct{ name, value gjson.Result }
	var members []member
	for name, value := range Members(gjson.ParseBytes(object)) {
		members = append(members, member{name, value})
	}
	bySize := slices.Clone(members)
	slices.SortStableFunc(bySize, func(a, b member) int { return cmp.Compare(len(b.value.Raw), len(a.value.Raw)) })
	var left, named []string
	for size := len(object); size > most-room && len(left) < len(bySize); {
		m := bySize[len(left)]
		left, named = append(left, m.name.Str), append(named, Cut(m.name.Str, 60)) // they come from PostHog
		size -= len(m.name.Raw) + len(m.value.Raw)
	}
	o := NewObject(nil)
	for _, m := range members {
		if !slices.Contains(left, m.name.Str) {
			o.member(m.name.Raw, m.value.Raw)
		}
	}
	notice := Join(gjson.GetBytes(o.Bytes(), noticeName).String(), "too large and left out: "+Few(quoted(named), 5))
	return Prepend(o.Bytes(), noticeName, gjson.AppendJSONString(nil, notice))
}
