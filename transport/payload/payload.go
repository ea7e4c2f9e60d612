// Package payload takes the result of a tool past the library that would encode
// it three more times.
//
// A result is JSON already, and it travels twice, as text and as structured
// content. mcp-go would marshal it into the result, the result into the
// message, and check every byte each time. Instead the handler gives mcp-go two
// short marks, and whoever writes the message puts the bytes in their place.
// The envelope stays mcp-go's own.
package payload

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"strconv"
	"sync"
)

// Slot holds the result of one request on its way out. It belongs to one
// goroutine at a time. The zero value is for messages without a result.
type Slot struct {
	marks  *Marks
	text   string
	object []byte
}

// Marks are what stands in a message for a result. They are random and never
// sent, so that nothing a client or PostHog says can be taken for one.
type Marks struct{ text, object string }

// NewMarks makes the marks of a process.
func NewMarks() *Marks {
	nonce := rand.Text()
	return &Marks{text: "text-" + nonce, object: "object-" + nonce}
}

type slotKey struct{}

// With returns a context whose call may leave its result in the slot returned.
func (m *Marks) With(ctx context.Context) (context.Context, *Slot) {
	slot := &Slot{marks: m}
	return context.WithValue(ctx, slotKey{}, slot), slot
}

// Put leaves a result in the context's slot and returns what stands for it: a
// text, and a JSON value. Without a slot it returns the result itself. An empty
// text stands for the object's own characters.
func Put(ctx context.Context, text string, object []byte) (string, []byte) {
	slot, ok := ctx.Value(slotKey{}).(*Slot)
	switch {
	case ok:
		slot.text, slot.object = text, object
		return slot.marks.text, strconv.AppendQuote(nil, slot.marks.object)
	case text == "":
		return string(object), object
	}
	return text, object
}

// buffers are for messages on their way out. Those of a few long answers are
// not kept.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const longestKept = 256 << 10

// WriteTo writes the message to w, in one piece, with the result in the place
// of its marks. A message that holds none is written as it is.
func (s *Slot) WriteTo(w io.Writer, message []byte) error {
	if s.object == nil {
		_, err := w.Write(message)
		return err
	}
	buffer := buffers.Get().(*[]byte)
	filled := s.fill((*buffer)[:0], message)
	_, err := w.Write(filled)
	if cap(filled) <= longestKept {
		*buffer = filled
		buffers.Put(buffer)
	}
	return err
}

// fill appends the message to filled.
func (s *Slot) fill(filled, message []byte) []byte {
	before, rest, found := bytes.Cut(message, []byte(`"`+s.marks.text+`"`))
	between, after, both := bytes.Cut(rest, []byte(`"`+s.marks.object+`"`))
	if !found || !both {
		return append(filled, message...)
	}
	filled = append(filled, before...)
	if s.text == "" {
		filled = appendQuoted(filled, s.object)
	} else {
		filled = appendQuoted(filled, []byte(s.text))
	}
	filled = append(filled, between...)
	filled = append(filled, s.object...)
	return append(filled, after...)
}

// appendQuoted appends text as a JSON string. The text is valid UTF-8.
func appendQuoted(quoted, text []byte) []byte {
	quoted = append(quoted, '"')
	start := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		quoted = append(quoted, text[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			quoted = append(quoted, '\\', c)
		case '\n':
			quoted = append(quoted, '\\', 'n')
		default:
			const hex = "0123456789abcdef"
			quoted = append(quoted, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(quoted, text[start:]...), '"')
}
