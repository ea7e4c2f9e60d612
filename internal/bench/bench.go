package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// bench is a run: what the candidates need, and those that are up.
type bench struct {
	options
	upstream   *service
	folder     string // for what candidates read; removed in the end
	classes    []*class
	candidates []candidate
	up         map[string]*running // by the candidate's name
	services   []*service
}

// service is a process that serves a candidate, at host and port.
type service struct {
	*process
	addr string
}

func newBench(ctx context.Context, o options) (_ *bench, err error) {
	b := &bench{options: o, classes: classes(), up: map[string]*running{}}
	defer func() {
		if err != nil {
			b.stop()
		}
	}()
	if b.upstream, err = b.serve(ctx, "upstream"); err != nil {
		return nil, err
	}
	direct := newWeb("http://"+b.upstream.addr, raw{})
	defer direct.close()
	for _, k := range b.classes {
		if k.payload, err = direct.call(k); err != nil {
			return nil, b.upstream.failed(fmt.Errorf("%s from the upstream: %w", k.name, err))
		}
	}
	if b.folder, err = os.MkdirTemp("", "posthog-mcp-bench-"); err != nil {
		return nil, err
	}
	tokens, err := writeTokens(b.folder)
	if err != nil {
		return nil, err
	}
	sink, err := b.serve(ctx, "sink")
	if err != nil {
		return nil, err
	}
	b.candidates = candidates(o.bin, o.product, layers(tokens, sink.addr))
	return b, nil
}

// serve starts the service of that name and waits until it listens.
func (b *bench) serve(ctx context.Context, name string) (*service, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	p, err := startProcess(ctx, filepath.Join(b.bin, name), []string{"-addr", addr}, nil)
	if err != nil {
		return nil, err
	}
	s := &service{p, addr}
	b.services = append(b.services, s)
	if err := awaitListener(ctx, addr); err != nil {
		return nil, s.failed(err)
	}
	return s, nil
}

func (b *bench) stop() {
	for _, r := range b.up {
		r.stop()
	}
	for _, s := range b.services {
		s.stop()
	}
	if b.folder != "" {
		_ = os.RemoveAll(b.folder) // it is a temporary one
	}
}

func (b *bench) measure(ctx context.Context) (*report, error) {
	turns, err := b.latencies(ctx)
	if err != nil {
		return nil, err
	}
	spans, err := b.spansPerCall()
	if err != nil {
		return nil, err
	}
	out := &report{Cells: b.cells(turns), Layers: b.layers(turns, spans)}
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

// peer is the index of server, without a layer, on the transport of i; -1 for
// none.
func (b *bench) peer(i int, server string) int {
	return slices.IndexFunc(b.candidates, func(c candidate) bool {
		return c.server == server && c.layer.name == "" && c.transport == b.candidates[i].transport
	})
}
