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
	"strconv"
)

// Slot holds the result of one request on its way out. It belongs to one
// goroutine at a time.
type Slot struct {
	marks  *Marks
	text   []byte
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
// text, and a JSON value. Without a slot it returns the result itself.
func Put(ctx context.Context, text string, object []byte) (string, []byte) {
	slot, ok := ctx.Value(slotKey{}).(*Slot)
	if !ok {
		return text, object
	}
	slot.text, slot.object = quote(text), object
	return slot.marks.text, strconv.AppendQuote(nil, slot.marks.object)
}

// Fill returns the message with the result in the place of its marks. A message
// that holds none is returned as it is.
func (s *Slot) Fill(message []byte) []byte {
	if s.object == nil {
		return message
	}
	filled := make([]byte, 0, len(message)+len(s.text)+len(s.object))
	for _, part := range []struct {
		mark  string
		value []byte
	}{{s.marks.text, s.text}, {s.marks.object, s.object}} {
		at := bytes.Index(message, []byte(`"`+part.mark+`"`))
		if at < 0 {
			return message
		}
		filled = append(append(filled, message[:at]...), part.value...)
		message = message[at+len(part.mark)+2:]
	}
	return append(filled, message...)
}

// quote is text as a JSON string. The text is valid UTF-8.
func quote(text string) []byte {
	quoted := make([]byte, 0, len(text)+len(text)/4+2)
	quoted = append(quoted, '"')
	start := 0
	for i := range len(text) {
		c := text[i]
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
