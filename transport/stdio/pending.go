package stdio

import (
	"context"
	"encoding/json"
	"strconv"
	"sync"
)

// pending are the requests without an answer yet. The zero value has none.
type pending struct {
	mu      sync.Mutex
	closed  bool
	byID    map[string]*call
	running sync.WaitGroup
}

// call is a request that the client may take back until it is answered.
type call struct {
	key       string
	cancel    context.CancelFunc
	takenBack bool
}

// add notes a request, and returns the context to answer it under. [pending.done]
// ends it. Once pending is closed there is no call, and nothing to end.
func (p *pending) add(ctx context.Context, id json.RawMessage) (context.Context, *call) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil
	}
	p.running.Add(1)
	ctx, cancel := context.WithCancel(ctx)
	c := &call{key: keyOf(id), cancel: cancel}
	if p.byID == nil {
		p.byID = map[string]*call{}
	}
	p.byID[c.key] = c
	return ctx, c
}

// answered takes a request out when its answer is about to be written: nothing
// takes it back any longer. It tells whether the client still wants the answer.
func (p *pending) answered(c *call) (wanted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// A client that uses an id twice has the later one here.
	if p.byID[c.key] == c {
		delete(p.byID, c.key)
	}
	return !c.takenBack
}

// done ends a request, answered or not.
func (p *pending) done(c *call) {
	p.answered(c)
	c.cancel()
	p.running.Done()
}

// close takes no more requests, and returns a channel that is closed once there
// are none left.
func (p *pending) close() <-chan struct{} {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	none := make(chan struct{})
	go func() { p.running.Wait(); close(none) }()
	return none
}

// cancel takes back the request that a notifications/cancelled names; an id
// that it does not know is of one that is answered already, or never was.
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
