package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// A caller works through a mix of calls, one after the other, at a pace that
// PostHog's limits allow. The greedy one only lists, on many hands, as fast as it
// is let.
type caller struct {
	name string
	conn conn
	book *book
	// tries is how often a read may be tried until it succeeds.
	tries int
}

// A call over Streamable HTTP may meet any replica: the one that dies fails it,
// and the next one answers. A stream belongs to one replica, and the proxy knows
// it by the caller: one that opens its stream while its replica is away loses it
// once more when that is back.
const (
	tries       = 2
	streamTries = 3
)

const (
	perTransport = 8
	hands        = 8 // of the greedy caller
	greedy       = "greedy"
	// insight is one of the sandbox's.
	insight = 2001
)

// newLines reads lines of up to 8 MiB: an event is one.
func newLines(r io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 8<<20)
	return s
}

// callers are as many for each transport.
func callers(url string, b *book) []*caller {
	var all []*caller
	for i := range perTransport {
		for kind, over := range map[string]struct {
			conn  func(*post) conn
			tries int
		}{
			"legacy": {func(p *post) conn { return legacy{p} }, tries},
			"modern": {func(p *post) conn { return modern{p} }, tries},
			"sse":    {func(p *post) conn { return &sse{post: p} }, streamTries},
		} {
			name := fmt.Sprintf("%s-%d", kind, i)
			all = append(all, &caller{name, over.conn(newPost(url, keyOf(name))), b, over.tries})
		}
	}
	return all
}

// work calls until ctx ends, and finishes its last call.
func work(ctx context.Context, all []*caller, url string, limited bool) {
	var working sync.WaitGroup
	for _, c := range all {
		working.Go(func() { c.work(ctx) })
	}
	if limited {
		c := &caller{greedy, legacy{newPost(url, keyOf(greedy))}, all[0].book, tries}
		for range hands {
			working.Go(func() {
				for ctx.Err() == nil {
					c.list()
				}
			})
		}
		defer c.conn.close()
	}
	working.Wait()
}

func (c *caller) work(ctx context.Context) {
	defer c.conn.close()
	for n := 0; ctx.Err() == nil; n++ {
		switch {
		case n%10 == 9:
			c.create(n)
		case n%3 == 0:
			c.list()
		default:
			c.ask(n)
		}
		time.Sleep(time.Duration(60+rand.IntN(120)) * time.Millisecond)
	}
}

// read makes a call that may be repeated, and is to succeed in the end.
func (c *caller) read(tool string, arguments any) (reply, bool) {
	var err error
	for range c.tries {
		begin := time.Now()
		var r reply
		if r, err = c.conn.call(context.Background(), tool, arguments); err == nil {
			c.book.answered(time.Since(begin))
			return r, true
		}
		c.book.failed(c.name, err)
		time.Sleep(50 * time.Millisecond)
	}
	c.book.violate("%s: a read failed %d times, at last by %v", c.name, c.tries, err)
	return reply{}, false
}

// ask wants to know whose key this is.
func (c *caller) ask(n int) {
	want := whose{c.name, fmt.Sprintf("%s-%d", c.name, n)}
	r, ok := c.read("users-github-login-retrieve", map[string]string{"uuid": want.UUID})
	if !ok || c.heldBack(r) {
		return
	}
	var got whose
	if err := json.Unmarshal(r.StructuredContent, &got); err != nil || r.IsError || got != want {
		c.book.violate("%s got the answer of another: %.200s", c.name, r.StructuredContent)
	}
}

func (c *caller) list() {
	r, ok := c.read("subscriptions-list", map[string]int{"limit": 3})
	if ok && !c.heldBack(r) && r.IsError {
		c.book.violate("%s: subscriptions-list: %.200s", c.name, r.StructuredContent)
	}
}

// heldBack tells whether the server refused the call to keep a limit; then its
// caller waits a little.
func (c *caller) heldBack(r reply) bool {
	if !r.IsError || !strings.Contains(string(r.StructuredContent), `"rate_limited"`) {
		return false
	}
	c.book.held(c.name)
	time.Sleep(100 * time.Millisecond)
	return true
}

// create makes a subscription that exists nowhere else. It is never repeated.
func (c *caller) create(n int) {
	w := write{title: fmt.Sprintf("soak %s %d", c.name, n), address: fmt.Sprintf("%s-%d@soak.example", c.name, n)}
	r, err := c.conn.call(context.Background(), "subscriptions-create", map[string]any{
		"title": w.title, "insight": insight, "target_type": "email", "target_value": w.address,
		"frequency": "weekly", "interval": 1, "start_date": "2030-01-07T09:00:00Z",
	})
	switch {
	case err != nil:
		c.book.failed(c.name, err)
		w.believed = unknown
	case !r.IsError:
		w.believed = done
		if !strings.Contains(string(r.StructuredContent), w.title) {
			c.book.violate("%s created %q and got %.200s", c.name, w.title, r.StructuredContent)
		}
	case c.heldBack(r), strings.Contains(string(r.StructuredContent), `"limit_exceeded"`):
		w.believed = refused // the latter for good: a project holds 1,200
	case strings.Contains(string(r.StructuredContent), "nknown"):
		w.believed = unknown
	default:
		w.believed = refused
		c.book.violate("%s: subscriptions-create: %.300s", c.name, r.StructuredContent)
	}
	c.book.wrote(w)
}

// kindOf is what a failure is counted as.
func kindOf(err error) string {
	var l lost
	if errors.As(err, &l) {
		return string(l)
	}
	return "other"
}
