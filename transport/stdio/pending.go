package stdio

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
)

// pending are the requests without an answer yet, by id. The zero value is
// empty.
type pending struct {
	mu   sync.Mutex
	byID map[string]*call
}

// call is a request that the client may take back until it is answered.
type call struct {
	key       string
	cancel    context.CancelFunc
	takenBack bool
}

// add notes a request, and returns the context to answer it under.
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

// end is called once or more when a request is done: its context ends, and
// nothing can take it back any longer. It tells whether the client still wants
// an answer. A nil call is always wanted.
func (p *pending) end(c *call) (wanted bool) {
	if c == nil {
		return true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	// A client that uses an id twice has the later one here.
	if p.byID[c.key] == c {
		delete(p.byID, c.key)
	}
	c.cancel()
	return !c.takenBack
}

// cancel takes back the request that a notifications/cancelled names; what it
// does not know is answered already, or never was.
func (p *pending) cancel(line []byte) {
	var notification struct {
		Params struct {
			RequestID json.RawMessage `json:"requestId"`
		}
	}
	if json.Unmarshal(line, &notification) != nil || notification.Params.RequestID == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.byID[keyOf(notification.Params.RequestID)]; c != nil {
		c.takenBack = true
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
