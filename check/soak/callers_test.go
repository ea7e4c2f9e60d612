package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
)

const (
	perTransport = 8
	hands        = 8 // of the greedy caller
	greedy       = "greedy"
	insight      = 2001 // one of the sandbox's
	// tries is how often a read may be tried: a replica that is killed fails it,
	// and one that is not yet replaced fails it once more.
	tries = 4
	// callTimeout outlasts a call that waits for its start.
	callTimeout = 45 * time.Second
)

// dialects are how callers connect: by transport, and for Streamable HTTP by
// revision, of which the later knows no handshake.
var dialects = map[string]func(addr, key string) (*client.Client, error){
	"legacy": func(addr, key string) (*client.Client, error) { return streamable(addr, key, "2025-11-25") },
	"modern": func(addr, key string) (*client.Client, error) { return streamable(addr, key, "2026-07-28") },
	"sse": func(addr, key string) (*client.Client, error) {
		return client.NewSSEMCPClient("http://"+addr+"/sse", transport.WithHeaders(authorization(key)))
	},
}

func authorization(key string) map[string]string {
	return map[string]string{"Authorization": "Bearer " + key}
}

func streamable(addr, key, revision string) (*client.Client, error) {
	way, err := transport.NewStreamableHTTP("http://"+addr+"/mcp", transport.WithHTTPHeaders(authorization(key)))
	if err != nil {
		return nil, err
	}
	return client.NewClient(way, client.WithProtocolVersion(revision)), nil
}

// caller makes a mix of calls, one after the other, at a pace that PostHog's
// limits allow, each at any of the replicas. The greedy one lists on many hands,
// as fast as it is let.
type caller struct {
	life  context.Context
	name  string
	dial  func(addr, key string) (*client.Client, error)
	addrs []string
	book  *book
	open  map[string]*link // by address
}

// link is a connection to a replica. Its context ends once the replica's stream
// has: no answer comes after that.
type link struct {
	*client.Client
	ctx context.Context
}

// work calls until load ends, and finishes its last calls, for which life goes on.
func work(life, load context.Context, addrs []string, b *book) {
	var working sync.WaitGroup
	begin := func(name, dialect string, do func(*caller, int)) {
		c := &caller{life, name, dialects[dialect], addrs, b, map[string]*link{}}
		working.Go(func() {
			for n := 0; load.Err() == nil; n++ {
				do(c, n)
			}
			for addr := range c.open {
				c.drop(addr)
			}
		})
	}
	for i := range perTransport {
		for dialect := range dialects {
			begin(fmt.Sprintf("%s%d", dialect, i), dialect, (*caller).mix)
		}
	}
	for range hands {
		begin(greedy, "legacy", func(c *caller, _ int) { c.list() })
	}
	working.Wait()
}

func (c *caller) mix(n int) {
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

// call makes one call at one of the replicas. An error is about the way there or
// back: nobody knows what became of the call.
func (c *caller) call(tool string, arguments any) (*mcp.CallToolResult, error) {
	addr := c.addrs[rand.IntN(len(c.addrs))]
	conn, err := c.connect(addr)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(conn.ctx, callTimeout)
	defer cancel()
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, arguments
	result, err := conn.CallTool(ctx, request)
	if err != nil {
		c.drop(addr)
	}
	return result, err
}

func (c *caller) connect(addr string) (*link, error) {
	if conn := c.open[addr]; conn != nil {
		return conn, nil
	}
	to, err := c.dial(addr, keyOf(c.name))
	if err != nil {
		return nil, err
	}
	ctx, lose := context.WithCancel(c.life)
	to.OnConnectionLost(func(error) { lose() })
	conn := &link{to, ctx}
	c.open[addr] = conn
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "soak", Version: "1"}
	if err = conn.Start(ctx); err == nil {
		_, err = conn.Initialize(ctx, hello)
	}
	if err != nil {
		c.drop(addr)
	}
	return conn, err
}

func (c *caller) drop(addr string) {
	_ = c.open[addr].Close() // the server may be dead
	delete(c.open, addr)
}

// text is what a result holds.
func text(r *mcp.CallToolResult) string {
	said, _ := json.Marshal(r.StructuredContent)
	return string(said)
}

// read makes a call that may be repeated, and is to succeed in the end. It returns
// "" for one that was refused to keep a limit.
func (c *caller) read(tool string, arguments any) string {
	var err error
	for range tries {
		begin := time.Now()
		var r *mcp.CallToolResult
		if r, err = c.call(tool, arguments); err != nil {
			c.book.note(func() { c.book.failures++ })
			time.Sleep(50 * time.Millisecond)
			continue
		}
		c.book.note(func() { c.book.latencies = append(c.book.latencies, time.Since(begin)) })
		if c.heldBack(r) {
			return ""
		}
		if r.IsError {
			c.book.Errorf("%s: %s: %.200s", c.name, tool, text(r))
		}
		return text(r)
	}
	c.book.Errorf("%s: %s failed %d times, at last by %v", c.name, tool, tries, err)
	return ""
}

func (c *caller) list() { c.read("subscriptions-list", map[string]int{"limit": 3}) }

// ask wants to know whose key this is.
func (c *caller) ask(n int) {
	want := whose{c.name, fmt.Sprintf("%s-%d", c.name, n)}
	said := c.read("users-github-login-retrieve", map[string]string{"uuid": want.UUID})
	if said == "" {
		return
	}
	var got whose
	if err := json.Unmarshal([]byte(said), &got); err != nil || got != want {
		c.book.Errorf("%s got the answer of another: %.200s", c.name, said)
	}
}

// heldBack tells whether the server refused the call to keep a limit; then its
// caller waits a little.
func (c *caller) heldBack(r *mcp.CallToolResult) bool {
	if !r.IsError || !strings.Contains(text(r), `"rate_limited"`) {
		return false
	}
	c.book.note(func() { c.book.heldBack++ })
	time.Sleep(100 * time.Millisecond)
	return true
}

// create makes a subscription that exists nowhere else. It is never repeated.
func (c *caller) create(n int) {
	title := fmt.Sprintf("soak %s %d", c.name, n)
	r, err := c.call("subscriptions-create", map[string]any{
		"title": title, "insight": insight, "target_type": "email", "target_value": fmt.Sprintf("%s-%d@soak.example", c.name, n),
		"frequency": "weekly", "interval": 1, "start_date": "2030-01-07T09:00:00Z",
	})
	believed := refused
	switch {
	case err != nil:
		c.book.note(func() { c.book.failures++ })
		believed = unknown
	case !r.IsError:
		believed = done
		if !strings.Contains(text(r), title) {
			c.book.Errorf("%s created %q and got %.200s", c.name, title, text(r))
		}
	case strings.Contains(text(r), "nknown"):
		believed = unknown
	case !c.heldBack(r) && !strings.Contains(text(r), `"limit_exceeded"`): // a project holds 1,200
		c.book.Errorf("%s: subscriptions-create: %.300s", c.name, text(r))
	}
	c.book.note(func() { c.book.writes[title] = believed })
}
