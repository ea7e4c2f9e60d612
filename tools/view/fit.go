package view

import (
	"cmp"
	"fmt"
	"slices"
)

// MostBytes is the size limit of a result: clients cut or refuse larger ones.
const MostBytes = 40_000

// noticeName is the member that holds the server's own sentence.
const noticeName = "notice"

const ownNotice = `"` + noticeName + `"`

// Fit removes the largest members of an object until it has at most most bytes,
// and names them in its notice. A smaller object is returned as it is.
func Fit(object []byte, most int) []byte {
	if len(object) <= most {
		return object
	}
	type member struct {
		name, value Raw
	}
	var members []member
	for name, value := range Raw(object).Members() {
		members = append(members, member{name, value})
	}
	bySize := slices.Clone(members)
	slices.SortStableFunc(bySize, func(a, b member) int { return cmp.Compare(len(b.value), len(a.value)) })
	left, size := map[Raw]bool{}, len(object)
	var names []string
	for _, m := range bySize {
		if size <= most-room {
			break
		}
		left[m.name] = true
		names = append(names, m.name.String())
		size -= len(m.name) + len(m.value)
	}
	o, notice := NewObject(nil), ""
	for _, m := range members {
		if m.name == ownNotice && !left[ownNotice] {
			notice = m.value.String()
		}
	}
	o.Text("notice", Join(notice, leftOut(names)))
	for _, m := range members {
		if !left[m.name] && m.name != ownNotice {
			o.copyMember(m.name, m.value)
		}
	}
	return o.Bytes()
}

// copyMember adds a member whose name is a JSON string.
func (o *Object) copyMember(name, value Raw) {
	if o.json[len(o.json)-1] != '{' {
		o.json = append(o.json, ',')
	}
	o.json = append(append(append(o.json, name...), ':'), value...)
}

// leftOut names a few of the removed members. It bounds their number and length,
// since the names come from PostHog.
func leftOut(names []string) string {
	const most, longest = 5, 60
	shown := slices.Clone(names[:min(len(names), most)])
	for i, name := range shown {
		if runes := []rune(name); len(runes) > longest {
			shown[i] = string(runes[:longest]) + "…"
		}
	}
	if more := len(names) - len(shown); more > 0 {
		return fmt.Sprintf("too large and left out: %s and %d more", listed(shown), more)
	}
	return "too large and left out: " + listed(shown)
}
