package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
)

// bench is a run: the upstream and the candidates that are up.
type bench struct {
	options
	upstream   string // host and port
	classes    []*class
	candidates []candidate
	up         map[string]*running // by the candidate's name
	process    *process            // of the upstream
}

func newBench(ctx context.Context, o options) (*bench, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, upstream: addr, classes: classes(), candidates: candidates(o.bin, o.product), up: map[string]*running{}}
	if b.process, err = startProcess(ctx, filepath.Join(o.bin, "upstream"), []string{"-addr", addr}, nil); err != nil {
		return nil, err
	}
	if err := awaitListener(ctx, addr); err != nil {
		return nil, b.process.failed(err)
	}
	direct := newWeb("http://"+addr, nil)
	defer direct.client.CloseIdleConnections()
	for _, k := range b.classes {
		if k.payload, err = direct.call(k); err != nil {
			return nil, b.process.failed(fmt.Errorf("%s from the upstream: %w", k.name, err))
		}
	}
	return b, nil
}

func (b *bench) stop() {
	for _, r := range b.up {
		r.stop()
	}
	b.process.stop()
}

func (b *bench) measure(ctx context.Context) (*report, error) {
	turns, err := b.latencies(ctx)
	if err != nil {
		return nil, err
	}
	out := &report{Cells: b.cells(turns)}
	servers, err := b.startUps(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.memories(ctx, servers); err != nil {
		return nil, err
	}
	for _, s := range servers {
		if s.measured() {
			out.Servers = append(out.Servers, *s)
		}
	}
	return out, nil
}

// peer is the index of the candidate of server on the transport of i; -1 for none.
func (b *bench) peer(i int, server string) int {
	for j, c := range b.candidates {
		if c.server == server && c.transport == b.candidates[i].transport {
			return j
		}
	}
	return -1
}

// class finds the class of that name; it must be one of classes.
func (b *bench) class(name string) *class {
	return b.classes[slices.IndexFunc(b.classes, func(k *class) bool { return k.name == name })]
}
