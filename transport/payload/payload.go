// Package payload takes the result of a tool past the library that would encode
// it three more times.
//
// A result is JSON already, and it travels twice, as text and as structured
// content. mcp-go would marshal it into the result, the result into the
// message, and check every byte each time. Instead the handler gives mcp-go two
// short marks, and the transport puts the bytes in their place.
//
// Measured with a list of 20 subscriptions, 24 KB from PostHog: with the marks the
// server takes 0.6 ms of a processor for a call, without them 0.9 ms.
package payload

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"strconv"
	"sync/atomic"

	"github.com/go-json-experiment/json/jsontext"
)

// Slot holds what comes of one request, on its way to the transport.
type Slot struct {
	text   string
	object []byte
	// refused is the scope that was missing, empty for a key that was not accepted.
	refused atomic.Pointer[string]
}

// The marks stand in a message for a result. They are random and never sent, so
// that nothing a client or PostHog says can be taken for one.
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

// Of is the slot of ctx; nil for none.
func Of(ctx context.Context) *Slot {
	slot, _ := ctx.Value(slotKey{}).(*Slot)
	return slot
}

// Refuse notes that PostHog did not accept the caller's key or, where scope is
// not empty, that the key lacks that scope. Several goroutines may call it.
func (s *Slot) Refuse(scope string) { s.refused.Store(&scope) }

// Refused returns what [Slot.Refuse] noted last; false if it was never called.
func (s *Slot) Refused() (scope string, refused bool) {
	if noted := s.refused.Load(); noted != nil {
		return *noted, true
	}
	return "", false
}

// Fill returns the message with the result in the place of its marks. A message
// that holds none is returned as it is.
func (s *Slot) Fill(message []byte) []byte {
	if s.object == nil {
		return message
	}
	before, rest, found := bytes.Cut(message, []byte(`"`+textMark+`"`))
	between, after, both := bytes.Cut(rest, []byte(`"`+objectMark+`"`))
	if !found || !both {
		return message
	}
	// Most of a text that is JSON are letters; quotes take one byte more.
	text := s.object
	if s.text != "" {
		text = []byte(s.text)
	}
	filled := make([]byte, 0, len(message)+len(text)+len(text)/4+len(s.object))
	filled, _ = jsontext.AppendQuote(append(filled, before...), text) // the text is valid UTF-8
	return append(append(append(filled, between...), s.object...), after...)
}
