// Package stdio carries MCP over a pair of pipes: one JSON-RPC message a line.
//
// mcp-go's own stdio server drops what is in flight when its input ends, keeps
// a ping waiting while its workers are busy, and puts the text of panics into
// answers. This one answers every request that it took, once, and writes
// nothing but JSON-RPC.
package stdio

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/sync/semaphore"

	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/payload"
)

const (
	// callsInFlight is how many calls are made of PostHog at once. One that
	// waits for a person is among them, and so are its bytes below: the bound on
	// open questions leaves room for others, and for the answers.
	callsInFlight = 64
	// longestLine bounds one message; larger ones are refused and skipped.
	longestLine = 4 << 20
	// waitingBytes bounds the messages that were read and are not answered yet:
	// beyond it, reading waits. overhead is what a small one counts.
	waitingBytes = 64 << 20
	overhead     = 4 << 10
	// drainTimeout is how long calls in flight may take once the process is told
	// to end, and flushTimeout how long their cancelled answers may take to be
	// written: a client kills the process after two seconds.
	drainTimeout = 1500 * time.Millisecond
	flushTimeout = 250 * time.Millisecond
)

// Options are the two pipes and their limits.
type Options struct {
	In  io.Reader
	Out io.Writer
	// Timeout is how long the calls in flight at the end of the input may take.
	Timeout time.Duration
	Logger  *slog.Logger
}

// Serve answers until the input ends, ctx does, or the client no longer reads;
// then it finishes what is in flight and returns. The end of the input leaves
// calls the Timeout, the end of ctx 1.5 seconds; then they are cancelled, and
// answered so. A reader or writer that is blocked by then stays behind: the
// process is about to end. What a call asked the person ends unanswered at once
// in either case.
//
// The error is about the pipes: a failed read, or a failed write.
func Serve(ctx context.Context, mcpServer *server.MCPServer, o Options) error {
	calls, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	out := &lineWriter{out: o.Out, broken: cancel}
	session := newSession(out)
	if err := mcpServer.RegisterSession(calls, session); err != nil {
		return fmt.Errorf("register session: %w", err)
	}
	defer mcpServer.UnregisterSession(calls, session.SessionID())
	c := &conn{
		server:  mcpServer,
		log:     o.Logger,
		session: session,
		marks:   payload.NewMarks(),
		out:     out,
		calls:   make(chan struct{}, callsInFlight),
		waiting: semaphore.NewWeighted(waitingBytes),
		idle:    make(chan func()),
		spare:   make(chan struct{}, callsInFlight),
	}
	calls = mcpServer.WithContext(calls, session)
	go session.forward(calls, c.out)

	ended := make(chan error, 1)
	go func() { ended <- c.read(calls, o.In) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
	case <-calls.Done(): // the client no longer reads
	}
	session.questions.End()
	patience, stop := context.WithTimeout(calls, o.Timeout)
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(drainTimeout, stop) })()
	c.finish(patience, cancel)
	return errors.Join(err, c.out.err())
}

// conn is one client on a pair of pipes.
type conn struct {
	server  *server.MCPServer
	log     *slog.Logger
	session *session
	marks   *payload.Marks
	out     *lineWriter
	calls   chan struct{}
	waiting *semaphore.Weighted
	pending pending

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
	// idle hands work to goroutines that have none; spare bounds how many wait
	// for it.
	idle  chan func()
	spare chan struct{}
}

// run does work on the side, unless the conversation is already over.
func (c *conn) run(work func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.running.Add(1)
	select {
	case c.idle <- work:
	default:
		go c.worker(work)
	}
	return true
}

// worker does work after work: a goroutine that has grown its stack for one
// call need not do so for the next, which is a tenth of a call's time.
func (c *conn) worker(work func()) {
	for more := true; more; {
		work()
		c.running.Done()
		select {
		case c.spare <- struct{}{}:
		default:
			return
		}
		work, more = <-c.idle
		<-c.spare
	}
}

// finish takes no more calls and waits for those in flight. When patience ends
// it cancels them: then they answer at once, and only a client that does not
// read can hold them up.
func (c *conn) finish(patience context.Context, cancel func()) {
	c.mu.Lock()
	c.closed = true
	close(c.idle) // run sends no more
	c.mu.Unlock()
	done := make(chan struct{})
	go func() { c.running.Wait(); close(done) }()
	select {
	case <-done:
		return
	case <-patience.Done():
	}
	cancel()
	select {
	case <-done:
	case <-time.After(flushTimeout):
	}
}

// read takes message after message until the input ends.
func (c *conn) read(ctx context.Context, in io.Reader) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(lines)
		if errors.Is(err, errTooLong) {
			c.reply(jsonrpc.Message{}, jsonrpc.Failure(nil, mcp.INVALID_REQUEST, fmt.Sprintf("a message has more than %d bytes", longestLine)))
			continue
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			c.take(ctx, line)
		}
		switch {
		case errors.Is(err, io.EOF), ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("read stdin: %w", err)
		}
	}
}
