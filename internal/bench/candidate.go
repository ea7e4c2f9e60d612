package main

import (
	"context"
	"net"
	"path/filepath"
	"slices"
)

// The candidates that others are compared with.
const (
	floor = "floor"
	bare  = "bare"
	ours  = "ours"
)

// A candidate is one way to make a call.
type candidate struct {
	server    string // floor, bare, proxy or ours; "direct" is the upstream itself
	transport string // stdio or http; empty for the upstream itself
	binary    string
	speak     dialect
	layer     layer // of ours over HTTP
}

func (c candidate) String() string {
	name := c.server
	if c.layer.name != "" {
		name += "+" + c.layer.name
	}
	if c.binary == "" {
		return name
	}
	return name + " " + c.transport
}

// takes tells whether c is measured with so many calls in flight: a crowd of
// callers does not share one stdin.
func (c candidate) takes(inFlight int) bool { return inFlight < crowd || c.transport != "stdio" }

// most is how many calls in flight it has at most.
func (c candidate) most() int {
	if c.takes(crowd) {
		return crowd
	}
	return busy
}

// candidates are all that are measured, in the order they are read in. The
// product, and with it its layers, is left out when there is none.
func candidates(bin, product string, layers []layer) []candidate {
	reference := func(name, transport string, speak dialect) candidate {
		return candidate{server: name, transport: transport, binary: filepath.Join(bin, name), speak: speak}
	}
	all := []candidate{
		{server: "direct", speak: raw{}},
		reference(floor, "stdio", plain{}),
		reference(bare, "stdio", mcp{}),
		{server: ours, transport: "stdio", binary: product, speak: mcp{}},
		reference("proxy", "http", raw{}),
		reference(floor, "http", plain{}),
		reference(bare, "http", mcp{}),
	}
	for _, l := range layers {
		all = append(all, candidate{server: ours, transport: "http", binary: product, speak: mcp{}, layer: l})
	}
	return slices.DeleteFunc(all, func(c candidate) bool { return c.server == ours && product == "" })
}

// A conn is a way to talk to a running candidate.
type conn interface {
	// tell sends a message that has no answer.
	tell(message []byte) error
	// ask sends a message and returns its answer.
	ask(message []byte) ([]byte, error)
	// call makes one call and returns the answer. Those of the class are that
	// long from then on.
	call(k *class) ([]byte, error)
	// run makes many calls of a class that was called before.
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
		return &running{conn: newWeb("http://"+upstream, c.speak)}, nil
	}
	env := append([]string{"POSTHOG_HOST=http://" + upstream, "POSTHOG_PERSONAL_API_KEY=" + serverKey}, c.layer.env...)
	args, addr := append([]string{c.transport}, c.layer.args...), ""
	if c.transport == "http" {
		var err error
		if addr, err = freeAddr(); err != nil {
			return nil, err
		}
		args = append(args, "--addr", addr)
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

// try makes a call and sees that its answer is the upstream's.
func (c candidate) try(r *running, k *class) error {
	answer, err := r.call(k)
	if err != nil {
		return err
	}
	return c.speak.check(answer, k)
}

func (r *running) stop() {
	if w, ok := r.conn.(*web); ok {
		w.close()
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
