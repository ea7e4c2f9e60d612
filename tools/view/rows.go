package view

import (
	"bytes"

	"github.com/tidwall/gjson"
)

// Rows picks items of an answer and writes them as a JSON array.
type Rows struct {
	// Item appends one item as it is shown.
	Item func(to []byte, item gjson.Result) []byte
	// Wanted tells which items are shown; nil for all.
	Wanted func(item gjson.Result) bool
	// Skip is how many items, wanted or not, are passed over first.
	Skip int64
	// Most is how many items are shown; 0 for as many as fit into a result.
	Most int64
}

// Taken is what [Rows] took of an answer.
type Taken struct {
	// JSON is the array.
	JSON []byte
	// Shown is how many items are in it.
	Shown int64
	// Seen is how many items were gone over, shown or not: the first that was
	// left out is the next.
	Seen int64
	// Left says that a wanted item was left out; Full, that it was for the size
	// of the result.
	Left, Full bool
}

// Take goes over the items until enough of them are shown, or no more fit. A
// value that is no array has no items.
func (r Rows) Take(items gjson.Result) (t Taken) {
	// A row shows about a fourth of what there is.
	t.JSON = append(make([]byte, 0, min(len(items.Raw)/3, MostBytes)+2), '[')
	for raw := range Raw(items.Raw).Items() {
		item := raw.Value()
		if t.Seen >= r.Skip && (r.Wanted == nil || r.Wanted(item)) && !r.add(&t, item) {
			t.Left = true
			break
		}
		t.Seen++
	}
	t.JSON = append(t.JSON, ']')
	return t
}

// add shows the item, if there is room for it.
func (r Rows) add(t *Taken, item gjson.Result) bool {
	if r.Most > 0 && t.Shown == r.Most {
		return false
	}
	before := len(t.JSON)
	if t.Shown > 0 {
		t.JSON = append(t.JSON, ',')
	}
	t.JSON = r.Item(t.JSON, item)
	if t.Shown == 0 && len(t.JSON) > MostBytes-room {
		t.JSON = append(t.JSON[:before], Fit(bytes.Clone(t.JSON[before:]), MostBytes-2*room)...)
	}
	if len(t.JSON) > MostBytes-room && t.Shown > 0 {
		t.JSON, t.Full = t.JSON[:before], true
		return false
	}
	t.Shown++
	return true
}
