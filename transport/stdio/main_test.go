package stdio

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"go.uber.org/goleak"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testKey = posthog.Key(sandbox.KeyAll)
	patient = time.Minute
)

var compiled = sync.OnceValues(tools.NewCatalogue)

// serverOf makes the real server; base carries its calls.
func serverOf(t testing.TB, base http.RoundTripper) *server.MCPServer {
	t.Helper()
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	return transport.NewServer(transport.Options{
		Catalogue: catalogue,
		Toolbox:   &engine.Toolbox{API: posthog.New(posthog.Options{Base: base, Key: testKey, Timeout: 24 * time.Hour})},
		Profile:   schema.Standard,
		Logger:    silent(),
	})
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// client is the other end of the pipes.
type client struct {
	t     testing.TB
	in    *io.PipeWriter
	out   *io.PipeReader
	ended chan error

	mu    sync.Mutex
	lines []string
	came  chan string // every line, for tests that wait for one
}

// connect has Serve talk to a client that reads at once.
func connect(ctx context.Context, t testing.TB, s *server.MCPServer, timeout time.Duration) *client {
	c := connectMute(ctx, t, s, timeout)
	go c.read()
	return c
}

// connectMute has Serve talk to a client that does not read.
func connectMute(ctx context.Context, t testing.TB, s *server.MCPServer, timeout time.Duration) *client {
	t.Helper()
	fromClient, in := io.Pipe()
	out, toClient := io.Pipe()
	c := &client{t: t, in: in, out: out, ended: make(chan error, 1), came: make(chan string, 1<<14)}
	go func() {
		err := Serve(ctx, s, Options{In: fromClient, Out: toClient, Timeout: timeout, Logger: silent()})
		_ = toClient.Close()
		c.ended <- err
	}()
	t.Cleanup(func() {
		_ = in.Close()
		_ = out.Close()
	})
	return c
}

func (c *client) read() {
	lines := bufio.NewReader(c.out)
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			close(c.came)
			return
		}
		if err != nil {
			line += " // " + err.Error()
		}
		c.mu.Lock()
		c.lines = append(c.lines, strings.TrimSuffix(line, "\n"))
		c.mu.Unlock()
		c.came <- line
		if err != nil {
			close(c.came)
			return
		}
	}
}

func (c *client) send(lines ...string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, strings.Join(lines, "\n")+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

// take returns what came since the last time.
func (c *client) take() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := c.lines
	c.lines = nil
	return lines
}

// hangUp ends the input and returns what Serve does.
func (c *client) hangUp() error {
	_ = c.in.Close()
	return <-c.ended
}

// upstream is a PostHog without a network, whose answers can be held back.
type upstream struct {
	answers http.RoundTripper

	mu   sync.Mutex
	gate chan struct{} // nil: open
	seen []string
	busy int
}

func (u *upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	u.mu.Lock()
	at := len(u.seen)
	u.seen = append(u.seen, r.Method+" "+r.URL.RequestURI())
	gate := u.gate
	u.busy++
	u.mu.Unlock()
	defer func() { u.mu.Lock(); u.busy--; u.mu.Unlock() }()
	if gate != nil {
		select {
		case <-gate:
		case <-r.Context().Done():
			u.mu.Lock()
			u.seen[at] += " cancelled"
			u.mu.Unlock()
			return nil, r.Context().Err()
		}
	}
	return u.answers.RoundTrip(r)
}

// hold has what comes from now on wait for release.
func (u *upstream) hold() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.gate = make(chan struct{})
}

func (u *upstream) release() {
	u.mu.Lock()
	defer u.mu.Unlock()
	close(u.gate)
	u.gate = nil
}

// requests are what it saw so far, and inFlight how many are not answered.
func (u *upstream) requests() (seen []string, inFlight int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.seen), u.busy
}

// carrier makes a RoundTripper of a function.
type carrier func(*http.Request) (*http.Response, error)

func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) { return c(r) }

// least is the least that PostHog answers about anything.
const least = `{"id":7}`

// empty answers everything with hardly anything, after a while.
func empty(after time.Duration) carrier {
	return func(r *http.Request) (*http.Response, error) {
		if after > 0 {
			select {
			case <-time.After(after):
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}
		return &http.Response{
			StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: int64(len(least)),
			Body: io.NopCloser(strings.NewReader(least)), Request: r,
		}, nil
	}
}
