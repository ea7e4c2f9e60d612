package view

import (
	"bytes"

	"github.com/tidwall/gjson"
)

// Rows picks items of an answer and writes them as a JSON array.
type Rows struct {
	// Item appends one item as it is shown.
	Item func(to []byte, item gjson.Result) []byte
	// Filter filters the items; nil for all.
	Filter func(item gjson.Result) bool
	// Skip is the number of items, wanted or not, to pass over first.
	Skip int64
	// Most is the number of items to show; 0 for as many as fit into a result.
	Most int64
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
	// JSON is the array.
	JSON []byte
	// Shown is the number of items in it.
	Shown int64
	// Seen is the number of items read, shown or not. It is also the index of the
	// first item that was left out.
	Seen int64
	// Left means that a wanted item was left out; Full, that there was no room.
	Left, Full bool
}

// Take reads the items until enough of them are shown, or no more fit. A value
// that is no array has no items.
func (r Rows) Take(items gjson.Result) (t Taken) {
	// A row has about a quarter of its item's bytes.
	t.JSON = append(make([]byte, 0, min(len(items.Raw)/3, MostBytes)+2), '[')
	for raw := range Raw(items.Raw).Items() {
		item := raw.Value()
		if t.Seen >= r.Skip && (r.Filter == nil || r.Filter(item)) && !r.add(&t, item) {
			t.Left = true
			break
		}
		t.Seen++
	}
	t.JSON = append(t.JSON, ']')
	return t
}

// add appends the item if there is room for it.
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
