// Package stdio carries MCP over a pair of pipes: one JSON-RPC message a line.
//
// mcp-go's own stdio server drops what is in flight when its input ends and
// puts the text of panics into answers; this one answers every request that
// was read, and writes nothing but JSON-RPC.
package stdio

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/sync/semaphore"

	"posthog-mcp/transport"
)

const (
	// callsInFlight is how many calls are made of PostHog at once.
	callsInFlight = 64
	// longestLine bounds one message; larger ones are refused and skipped.
	longestLine = 4 << 20
	// waitingBytes bounds the messages that were read and are not answered yet:
	// beyond it, reading waits. overhead is what a small one counts.
	waitingBytes = 64 << 20
	overhead     = 4 << 10
	// lastWords is how long calls in flight may take once the process is told
	// to end: a client kills it after two seconds.
	lastWords = 1500 * time.Millisecond
)

// Options are the two pipes and their limits.
type Options struct {
	In  io.Reader
	Out io.Writer
	// Timeout is how long the calls in flight at the end of the input may take.
	Timeout time.Duration
	Logger  *slog.Logger
}

// Serve answers until the input ends or ctx does, finishes what is in flight
// and returns. A reader that is blocked when ctx ends stays behind; the process
// is about to end then.
func Serve(ctx context.Context, mcpServer *server.MCPServer, o Options) error {
	// Calls outlive ctx for as long as lastWords.
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	session := newSession()
	if err := mcpServer.RegisterSession(calls, session); err != nil {
		return fmt.Errorf("register session: %w", err)
	}
	defer mcpServer.UnregisterSession(calls, session.SessionID())
	c := &conn{
		server:  mcpServer,
		log:     o.Logger,
		out:     &lineWriter{out: o.Out, broken: cancel},
		calls:   make(chan struct{}, callsInFlight),
		waiting: semaphore.NewWeighted(waitingBytes),
	}
	calls = mcpServer.WithContext(calls, session)
	go session.forward(calls, c.out)

	ended := make(chan error, 1)
	go func() { ended <- c.read(calls, o.In) }()
	select {
	case err := <-ended:
		return errors.Join(err, c.finish(o.Timeout, cancel), c.out.err())
	case <-calls.Done():
		return c.out.err()
	case <-ctx.Done():
		return c.finish(lastWords, cancel)
	}
}

// conn is one client on a pair of pipes.
type conn struct {
	server  *server.MCPServer
	log     *slog.Logger
	out     *lineWriter
	calls   chan struct{}
	waiting *semaphore.Weighted

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// run does work on the side, unless the conversation is already over.
func (c *conn) run(work func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.running.Go(work)
	}
	return !c.closed
}

// finish waits for the calls in flight, and cancels those that take longer.
func (c *conn) finish(atMost time.Duration, cancel func()) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	done := make(chan struct{})
	go func() { c.running.Wait(); close(done) }()
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
	}
	cancel()
	<-done // a cancelled call answers at once
	return nil
}

// read takes message after message until the input ends.
func (c *conn) read(ctx context.Context, in io.Reader) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(lines)
		if errors.Is(err, errTooLong) {
			c.refuse(mcp.INVALID_REQUEST, fmt.Sprintf("a message has more than %d bytes", longestLine))
			continue
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			c.take(ctx, line)
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read stdin: %w", err)
		case ctx.Err() != nil:
			return nil
		}
	}
}

// take answers one message, at once where that is quick, else on the side.
func (c *conn) take(ctx context.Context, line []byte) {
	var head struct {
		ID     json.RawMessage
		Method string
		Result json.RawMessage
		Error  json.RawMessage
	}
	switch err := json.Unmarshal(line, &head); {
	case line[0] == '[' && json.Valid(line):
		c.refuse(mcp.INVALID_REQUEST, "batches are not supported; send one message per line")
		return
	case err != nil && !json.Valid(line):
		c.refuse(mcp.PARSE_ERROR, "not valid JSON")
		return
	case err != nil:
		c.refuse(mcp.INVALID_REQUEST, "not a JSON-RPC message")
		return
	}
	if head.Method == "" && (head.Result != nil || head.Error != nil) {
		return // an answer to a question that nobody asked
	}
	if head.ID == nil || head.Method == string(mcp.MethodInitialize) || head.Method == string(mcp.MethodPing) {
		c.answer(ctx, head.ID, line)
		return
	}
	size := int64(len(line) + overhead)
	if c.waiting.Acquire(ctx, size) != nil {
		return
	}
	accepted := c.run(func() {
		defer c.waiting.Release(size)
		if head.Method == string(mcp.MethodToolsCall) {
			c.calls <- struct{}{}
			defer func() { <-c.calls }()
		}
		c.answer(ctx, head.ID, line)
	})
	if !accepted {
		c.waiting.Release(size)
	}
}

// answer hands a message to the server and writes what comes back.
func (c *conn) answer(ctx context.Context, id json.RawMessage, line []byte) {
	defer func() {
		if p := recover(); p != nil {
			incident := transport.Incident(c.log, "stdio", p)
			if id != nil {
				c.out.write(failure(id, mcp.INTERNAL_ERROR, transport.InternalError(incident)))
			}
		}
	}()
	if response := c.server.HandleMessage(ctx, line); response != nil {
		c.out.write(response)
	}
}

// refuse answers what is no message, so without an id.
func (c *conn) refuse(code int, text string) {
	c.out.write(failure(nil, code, text))
}

func failure(id json.RawMessage, code int, text string) mcp.JSONRPCMessage {
	var known any
	_ = json.Unmarshal(id, &known)
	return mcp.NewJSONRPCError(mcp.NewRequestId(known), code, text, nil)
}
