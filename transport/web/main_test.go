package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"go.uber.org/goleak"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	tokenA = "phx_fake_of_ada_0001"
	tokenB = "phx_fake_of_bob_0002"
	oauthC = "pha_fake_of_cyd_0003"
)

var compiled = sync.OnceValues(tools.NewCatalogue)

// product is the real MCP server, with PostHog as o says.
func product(t testing.TB, o posthog.Options, log *slog.Logger) *server.MCPServer {
	t.Helper()
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	client := posthog.New(o)
	t.Cleanup(client.CloseIdle)
	return transport.NewServer(transport.Options{
		Catalogue: catalogue, Toolbox: &engine.Toolbox{API: client}, Profile: schema.Standard, Logger: log,
	})
}

// overBase is PostHog in this process, overWire one on loopback.
func overBase(base http.RoundTripper) posthog.Options { return posthog.Options{Base: base} }

func overWire(t testing.TB, address string) posthog.Options {
	t.Helper()
	host, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return posthog.Options{Host: host}
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

// passthrough is what the command line's --auth passthrough comes to.
var passthrough = guard.Passthrough(func(ctx context.Context, token string) (context.Context, error) {
	key, err := posthog.ParseKey(token)
	if err != nil {
		return nil, err
	}
	return posthog.WithKey(ctx, key), nil
})

// house is a server that runs, and a client of it.
type house struct {
	t      testing.TB
	server *Server
	client *http.Client
	addr   string
	// end is what SIGTERM is to the command; ended is what Serve returned.
	end   context.CancelFunc
	ended chan error
}

const drain = 5 * time.Second

func open(t testing.TB, o Options) *house {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return openOn(t, l, o, (&net.Dialer{}).DialContext)
}

func openOn(t testing.TB, l net.Listener, o Options, dial func(context.Context, string, string) (net.Conn, error)) *house {
	t.Helper()
	if o.Logger == nil {
		o.Logger = silent()
	}
	if o.Guard.Auth == nil {
		o.Guard.Auth = passthrough
	}
	if o.Drain == 0 {
		o.Drain = drain
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	network := &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 100}
	ctx, cancel := context.WithCancel(t.Context())
	h := &house{t: t, server: s, client: &http.Client{Transport: network}, addr: l.Addr().String(), end: cancel, ended: make(chan error, 1)}
	go func() { h.ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-h.ended; err != nil {
			t.Errorf("Serve returned %v", err)
		}
		h.ended <- nil
		network.CloseIdleConnections()
	})
	return h
}

// request is what a client sends; the zero token sends none.
type request struct {
	method, path, token string
	header              map[string]string
	body                string
}

// reply is what it reads.
type reply struct {
	status int
	header http.Header
	body   string
}

func (h *house) send(ctx context.Context, r request) (*http.Response, error) {
	out, err := http.NewRequestWithContext(ctx, r.method, "http://"+h.addr+r.path, strings.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	if r.body != "" {
		out.Header.Set("Content-Type", "application/json")
		out.Header.Set("Accept", "application/json, text/event-stream")
	}
	if r.token != "" {
		out.Header.Set("Authorization", "Bearer "+r.token)
	}
	for name, value := range r.header {
		out.Header.Set(name, value)
	}
	if host := out.Header.Get("Host"); host != "" {
		out.Host = host
	}
	return h.client.Do(out)
}

// ask sends r and reads the whole reply.
func (h *house) ask(ctx context.Context, r request) (reply, error) {
	resp, err := h.send(ctx, r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(body)}, err
}

// must is ask for a test that cannot go on without the reply.
func (h *house) must(r request) reply {
	h.t.Helper()
	got, err := h.ask(h.t.Context(), r)
	if err != nil {
		h.t.Fatal(err)
	}
	return got
}

// call is a tools/call of users-github-login-retrieve, whose uuid steers the [desk].
func call(id int, uuid string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"users-github-login-retrieve","arguments":{"uuid":%q}}}`, id, uuid)
}

// answered is what a client makes of a JSON-RPC response.
type answered struct {
	ID     any
	Result struct {
		IsError           bool
		Content           []struct{ Text string }
		StructuredContent struct{ Owner, UUID string }
	}
	Error *struct {
		Code    int
		Message string
	}
}

func decode(body string) (a answered, err error) {
	err = json.Unmarshal([]byte(body), &a)
	return a, err
}

// events is an open event stream, as its client sees it.
type events struct {
	house  *house
	token  string
	post   string // where messages go
	header http.Header
	lines  *bufio.Reader
	cancel context.CancelFunc
	closed func() error
}

// listen opens an event stream and reads its first event.
func (h *house) listen(token string) *events {
	h.t.Helper()
	e, err := h.tryListen(token)
	if err != nil {
		h.t.Fatal(err)
	}
	return e
}

func (h *house) tryListen(token string) (*events, error) { return h.listenOn("/sse", token) }

func (h *house) listenOn(path, token string) (*events, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.t.Context()))
	resp, err := h.send(ctx, request{method: "GET", path: path, token: token})
	if err != nil {
		cancel()
		return nil, err
	}
	e := &events{house: h, token: token, header: resp.Header, lines: bufio.NewReader(resp.Body), cancel: cancel, closed: resp.Body.Close}
	h.t.Cleanup(e.leave)
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("GET /sse: %s", resp.Status)
	}
	_, e.post, err = e.next()
	return e, err
}

func (e *events) leave() {
	e.cancel()
	_ = e.closed()
}

// next reads an event; comments are not events.
func (e *events) next() (name, data string, err error) {
	for {
		line, err := e.lines.ReadString('\n')
		if err != nil {
			return "", "", err
		}
		line = strings.TrimRight(line, "\r\n")
		switch field, value, _ := strings.Cut(line, ": "); {
		case field == "event":
			name = value
		case field == "data":
			data = value
		case line == "" && name == "":
			continue // the end of a comment
		case line == "":
			return name, data, nil
		}
	}
}

// say posts a message, which must be accepted.
func (e *events) say(body string) error {
	got, err := e.house.ask(e.house.t.Context(), request{method: "POST", path: e.post, token: e.token, body: body})
	if err == nil && got.status != http.StatusAccepted {
		err = errors.New(got.body)
	}
	return err
}

// hear reads the next answer.
func (e *events) hear() answered {
	e.house.t.Helper()
	_, data, err := e.next()
	if err != nil {
		e.house.t.Fatal(err)
	}
	a, err := decode(data)
	if err != nil {
		e.house.t.Fatal(err)
	}
	return a
}
