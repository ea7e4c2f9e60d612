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
	"posthog-mcp/transport/session"
)

const (
	callsInFlight = 64      // with those that wait for a person, who are fewer: see [session.Session]
	mostAccepted  = 1024    // requests that were read and are not answered yet: beyond it, reading waits
	longestLine   = 4 << 20 // larger messages are refused and skipped
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
// process is about to end. Questions to the person end unanswered at once.
//
// The error is about the pipes: a failed read, or a failed write.
func Serve(ctx context.Context, mcpServer *server.MCPServer, o Options) error {
	c := &conn{
		server: mcpServer, log: o.Logger, out: o.Out,
		accepted: semaphore.NewWeighted(mostAccepted), slots: semaphore.NewWeighted(callsInFlight),
	}
	c.working, c.fail = context.WithCancelCause(context.WithoutCancel(ctx))
	calls, cancel := context.WithCancel(c.working)
	defer cancel()
	c.session = session.New("stdio", c.write)
	if err := mcpServer.RegisterSession(calls, c.session); err != nil {
		return fmt.Errorf("register session: %w", err)
	}
	defer mcpServer.UnregisterSession(calls, c.session.SessionID())
	c.all = mcpServer.WithContext(calls, c.session)
	var closeInput context.CancelFunc
	c.open, closeInput = context.WithCancel(c.all)

	ended := make(chan error, 1)
	go func() { ended <- c.read(o.In) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
	case <-calls.Done(): // the client no longer reads
	}
	closeInput()
	c.session.End()
	patience, stop := context.WithTimeout(calls, o.Timeout)
	defer stop()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(drainTimeout, stop) })()
	if c.accepted.Acquire(patience, mostAccepted) != nil {
		cancel() // then they answer at once, and only a client that does not read can hold them up
		flush, stop := context.WithTimeout(context.WithoutCancel(ctx), flushTimeout)
		defer stop()
		_ = c.accepted.Acquire(flush, mostAccepted)
	}
	return errors.Join(err, context.Cause(c.working))
}

// conn is one client on a pair of pipes.
type conn struct {
	server  *server.MCPServer
	log     *slog.Logger
	session *session.Session
	// all is the context of all requests, and open ends when no more are taken.
	all, open context.Context
	pending   sync.Map // a *call by the key of its id
	// accepted and slots bound the requests that were read and not answered yet,
	// and the tool calls among them that are being made.
	accepted, slots *semaphore.Weighted

	writing sync.Mutex // of out
	out     io.Writer
	// working ends with the first write that fails, and has its error as the cause.
	working context.Context
	fail    context.CancelCauseFunc
}

func (c *conn) read(in io.Reader) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(lines)
		if errors.Is(err, errTooLong) {
			c.reply(jsonrpc.Message{}, jsonrpc.Failure(nil, mcp.INVALID_REQUEST, fmt.Sprintf("a message has more than %d bytes", longestLine)))
			continue
		}
		if len(bytes.TrimSpace(jsonrpc.WithoutMark(line))) > 0 {
			c.take(line)
		}
		switch {
		case errors.Is(err, io.EOF), c.all.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("read stdin: %w", err)
		}
	}
}

var errTooLong = errors.New("line too long")

// readLine reads up to and including a line break. The last line may lack it: it comes
// with io.EOF. A line that is too long is skipped to its end.
func readLine(r *bufio.Reader) (line []byte, err error) {
	for length := 0; ; {
		part, err := r.ReadSlice('\n')
		if length += len(part); length <= longestLine {
			line = append(line, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case length > longestLine:
			return nil, errTooLong // a failure to read comes again
		default:
			return line, err
		}
	}
}

// write writes a message on a line of its own.
func (c *conn) write(message []byte) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.working.Err() != nil {
		return
	}
	if _, err := c.out.Write(append(message, '\n')); err != nil {
		c.fail(fmt.Errorf("write stdout: %w", err))
	}
}
