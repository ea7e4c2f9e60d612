package main

import (
	"context"
	"fmt"
	"syscall"

	"posthog-mcp/check/process"
)

// The servers that take turns.
const (
	floor = "floor"
	bare  = "bare"
	ours  = "ours"
)

// candidate is a server on a transport, "stdio" or "http".
type candidate struct{ server, transport string }

func (c candidate) String() string { return c.server + " " + c.transport }

var candidates = []candidate{
	{floor, "stdio"}, {bare, "stdio"}, {ours, "stdio"},
	{floor, "http"}, {bare, "http"}, {ours, "http"},
}

// running is a server that was started.
type running struct {
	conn
	*process.Process
	list []byte // the answer to tools/list; nil of floor
}

// start brings the candidate up to its first answer.
func (b *bench) start(ctx context.Context, c candidate) (*running, error) {
	program, args := b.product, []string{c.transport}
	if c.server != ours {
		program, args = b.self, []string{c.server, c.transport}
	}
	env := []string{"POSTHOG_HOST=http://" + b.upstreamAddr, "POSTHOG_PERSONAL_API_KEY=phx_bench_0000000000"}
	r, err := connect(ctx, c, env, program, args)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c, err)
	}
	if r.list, err = r.hello(); err != nil {
		return nil, r.Failed(fmt.Errorf("start %s: %w", c, err))
	}
	return r, nil
}

func connect(ctx context.Context, c candidate, env []string, program string, args []string) (*running, error) {
	if c.transport == "stdio" {
		p, err := process.Start(ctx, true, env, program, args...)
		if err != nil {
			return nil, err
		}
		return &running{newPipe(p.Stdin, p.Stdout, c.server == floor), p, nil}, nil
	}
	addr, err := process.FreeAddr()
	if err != nil {
		return nil, err
	}
	args = append(args, "--addr", addr)
	if c.server == ours {
		args = append(args, "--auth", "none")
	}
	p, err := process.Serve(ctx, addr, env, program, args...)
	return &running{newWeb(addr, c.server == floor), p, nil}, err
}

func (r *running) stop() { r.End(syscall.SIGKILL) }
