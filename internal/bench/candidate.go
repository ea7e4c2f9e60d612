package main

import (
	"context"
	"net"
	"path/filepath"
)

// A class is a call whose answer has a typical size.
type class struct {
	name, tool, args string
	// path is what the call comes to upstream.
	path string
	// payload is the upstream's answer, known once the upstream runs.
	payload []byte
}

// least is how long an answer is at least: one that is shorter was cut off, and
// not only put in fewer words.
func (k *class) least() int { return len(k.payload) / 8 }

const subscriptions = "/api/projects/@current/subscriptions/"

func classes() []*class {
	return []*class{
		{name: "quota", tool: "subscriptions-summary-quota-retrieve", args: `{}`, path: subscriptions + "summary_quota/"},
		{name: "object", tool: "subscriptions-retrieve", args: `{"id":1}`, path: subscriptions + "1/"},
		{name: "list5", tool: "subscriptions-list", args: `{"limit":5}`, path: subscriptions + "?limit=5"},
		{name: "list20", tool: "subscriptions-list", args: `{"limit":20}`, path: subscriptions + "?limit=20"},
	}
}

// The candidates that others are compared with.
const (
	floor = "floor"
	bare  = "bare"
)

// A candidate is one way to make a call.
type candidate struct {
	server    string // floor, bare or ours; "direct" is the upstream itself
	transport string // stdio or http
	binary    string
	args      []string
	speak     dialect
}

func (c candidate) String() string {
	if c.binary == "" {
		return c.server
	}
	return c.server + " " + c.transport
}

func candidates(bin, product string) []candidate {
	all := []candidate{{server: "direct"}}
	for _, transport := range []string{"stdio", "http"} {
		all = append(all,
			candidate{floor, transport, filepath.Join(bin, floor), []string{transport}, plain{}},
			candidate{bare, transport, filepath.Join(bin, bare), []string{transport}, mcp{}})
		if product == "" {
			continue
		}
		args := []string{transport}
		if transport == "http" {
			args = append(args, "--auth", "none")
		}
		all = append(all, candidate{"ours", transport, product, args, mcp{}})
	}
	return all
}

// A conn is a way to talk to a running candidate.
type conn interface {
	// tell sends a message that has no answer.
	tell(message []byte) error
	// ask sends a message and returns its answer.
	ask(message []byte) ([]byte, error)
	// call makes one call and returns the answer.
	call(k *class) ([]byte, error)
	// run makes many calls.
	run(k *class, inFlight int, l load) (sample, error)
}

// running is a started candidate; the process is nil for the direct call.
type running struct {
	conn
	process *process
	list    []byte // the answer to tools/list; nil when there is none
}

// start brings c up to its first answer.
func (c candidate) start(ctx context.Context, upstream string) (*running, error) {
	if c.binary == "" {
		return &running{conn: newWeb("http://"+upstream, nil)}, nil
	}
	env := []string{"POSTHOG_HOST=http://" + upstream, "POSTHOG_PERSONAL_API_KEY=phx_bench_0000000000"}
	args, addr := c.args, ""
	if c.transport == "http" {
		var err error
		if addr, err = freeAddr(); err != nil {
			return nil, err
		}
		args = append(args[:len(args):len(args)], "--addr", addr)
	}
	p, err := startProcess(ctx, c.binary, args, env)
	if err != nil {
		return nil, err
	}
	r := &running{process: p}
	if r.conn, err = p.connect(ctx, addr, c.speak); err == nil {
		r.list, err = c.speak.open(r.conn)
	}
	if err != nil {
		return nil, p.failed(err)
	}
	return r, nil
}

func (r *running) stop() {
	if w, ok := r.conn.(*web); ok {
		w.client.CloseIdleConnections()
	}
	if r.process != nil {
		r.process.stop()
	}
}

// failed stops the candidate and adds what it said last to err.
func (r *running) failed(err error) error {
	if r.process == nil {
		return err
	}
	return r.process.failed(err)
}

// freeAddr names a loopback port that nobody listens on at this moment.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
