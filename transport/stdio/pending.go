package stdio

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
)

// pending are the requests without an answer yet. The zero value has none.
type pending struct {
	mu   sync.Mutex
	byID map[string]*call
}

// call is a message that is being handled. The client may cancel a request until it
// is answered.
type call struct {
	key       string
	cancel    context.CancelFunc
	cancelled bool // by the client
	slots     int64
	response  []byte // nil for a notification
}

// add adds a request, and returns the context to answer it under.
func (p *pending) add(ctx context.Context, id json.RawMessage) (context.Context, *call) {
	ctx, cancel := context.WithCancel(ctx)
	c := &call{key: keyOf(id), cancel: cancel}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.byID == nil {
		p.byID = map[string]*call{}
	}
	p.byID[c.key] = c
	return ctx, c
}

// finish removes a request whose answer is about to be written: the client can no
// longer cancel it. It tells whether the client still wants the answer.
func (p *pending) finish(c *call) (wanted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// If a client uses an id twice, the map has the later call.
	if p.byID[c.key] == c {
		delete(p.byID, c.key)
	}
	return !c.cancelled
}

// cancel cancels the request that a notifications/cancelled names. The request of
// an unknown id is answered already, or never was.
func (p *pending) cancel(message []byte) {
	var notification struct {
		Params struct {
			RequestID json.RawMessage `json:"requestId"`
		}
	}
	if json.Unmarshal(message, &notification) != nil || notification.Params.RequestID == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.byID[keyOf(notification.Params.RequestID)]; c != nil {
		c.cancelled = true
		c.cancel()
	}
}

// keyOf is the same for the same id, however its string is escaped; the number
// 1 and the string "1" are two.
func keyOf(id json.RawMessage) string {
	var text string
	if json.Unmarshal(id, &text) == nil {
		return strconv.Quote(text)
	}
	return string(id)
}
