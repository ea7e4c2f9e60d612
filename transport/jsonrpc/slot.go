package jsonrpc

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"strconv"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"
)

// Slot takes the result of one request past mcp-go. A result is JSON already, and it
// travels twice, as text and as structured content. mcp-go would marshal it into the
// result and the message, and check every byte each time. Instead the handler gives it
// two short marks, and [Encode] and [Mend] put the bytes in their place.
//
// Measured with a list of 20 subscriptions, 24 KB from PostHog: with the marks the
// server takes 0.6 ms of a processor for a call, without them 0.9 ms.
type Slot struct {
	text   string
	object []byte
	// Refused is the scope that the caller's key lacks, empty for a key that PostHog did
	// not accept; nil for neither.
	Refused atomic.Pointer[string]
}

// The marks are random and never sent, so that nothing a client or PostHog says can be
// taken for one.
var (
	nonce      = rand.Text()
	textMark   = "text-" + nonce
	objectMark = "object-" + nonce
)

type slotKey struct{}

// With returns a context whose call may leave its result in the slot returned.
func With(ctx context.Context) (context.Context, *Slot) {
	slot := &Slot{}
	return context.WithValue(ctx, slotKey{}, slot), slot
}

// Of is the slot of ctx; nil for none.
func Of(ctx context.Context) *Slot {
	slot, _ := ctx.Value(slotKey{}).(*Slot)
	return slot
}

// Put leaves a result in the context's slot and returns what stands for it: a
// text, and a JSON value. Without a slot it returns the result itself. An empty
// text stands for the object's own characters.
func Put(ctx context.Context, text string, object []byte) (string, []byte) {
	slot := Of(ctx)
	if slot == nil {
		return cmp.Or(text, string(object)), object
	}
	slot.text, slot.object = text, object
	return textMark, strconv.AppendQuote(nil, objectMark)
}

// fill returns the message with the result in the place of its marks, if it has them.
func (s *Slot) fill(message []byte) []byte {
	if s == nil || s.object == nil {
		return message
	}
	before, rest, found := bytes.Cut(message, []byte(`"`+textMark+`"`))
	between, after, both := bytes.Cut(rest, []byte(`"`+objectMark+`"`))
	if !found || !both {
		return message
	}
	text := s.object
	if s.text != "" {
		text = []byte(s.text)
	}
	// Most of a text that is JSON are letters; quotes take one byte more.
	filled := make([]byte, 0, len(message)+len(text)+len(text)/4+len(s.object))
	filled, _ = jsontext.AppendQuote(append(filled, before...), text) // the text is valid UTF-8
	return append(append(append(filled, between...), s.object...), after...)
}
