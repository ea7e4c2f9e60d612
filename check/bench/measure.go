package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"syscall"
	"time"

	"posthog-mcp/check/process"
)

// How many calls wait for an answer at a time.
const (
	alone = 1
	busy  = 64
)

// A turn ends after so many calls, or that time. Memory is read after memoryCalls.
const (
	turnCalls   = 1000
	turnTime    = 500 * time.Millisecond
	memoryCalls = 10_000
)

// bench is a run.
type bench struct {
	options
	self         string
	upstream     *process.Process
	upstreamAddr string
	up           map[candidate]*running
}

func newBench(ctx context.Context, o options) (*bench, error) {
	b := &bench{options: o, up: map[candidate]*running{}}
	var err error
	if b.self, err = os.Executable(); err != nil {
		return nil, err
	}
	if b.upstreamAddr, err = process.FreeAddr(); err != nil {
		return nil, err
	}
	b.upstream, err = process.Serve(ctx, b.upstreamAddr, nil, b.self, "upstream", "http", "--addr", b.upstreamAddr)
	return b, err
}

func (b *bench) stop() {
	for _, p := range b.up {
		p.stop()
	}
	b.upstream.End(syscall.SIGKILL)
}

// figures are of one turn: µs and calls a second.
type figures struct{ p50, rate float64 }

func (t turn) figures() figures {
	slices.Sort(t.took)
	return figures{float64(t.took[len(t.took)/2]) / float64(time.Microsecond), float64(len(t.took)) / t.all.Seconds()}
}

// key names what is measured.
type key struct {
	class    string
	inFlight int
	candidate
}

func (k key) String() string { return fmt.Sprintf("%s/%d/%s", k.class, k.inFlight, k.candidate) }

func (b *bench) measure(ctx context.Context) (*report, error) {
	r := &report{turns: map[key][]figures{}, starts: map[candidate][]float64{}, lists: map[candidate]int{}, resident: map[candidate]float64{}}
	for range b.rounds {
		for _, k := range classes {
			for _, n := range []int{alone, busy} {
				if err := b.round(ctx, r, k, n); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := b.startUps(ctx, r); err != nil {
		return nil, err
	}
	return r, b.memories(ctx, r)
}

// round has each candidate take a turn, in an order drawn by lot: what a heavy one
// leaves behind would always hit the same one.
func (b *bench) round(ctx context.Context, r *report, k class, inFlight int) error {
	for _, i := range rand.Perm(len(candidates)) {
		c := candidates[i]
		what := key{k.name, inFlight, c}
		if !b.only.MatchString(what.String()) {
			continue
		}
		p, err := b.ready(ctx, c)
		if err != nil {
			return err
		}
		t, err := p.run(k, inFlight, turnCalls, turnTime)
		if err != nil {
			return p.Failed(fmt.Errorf("%s: %w", what, err))
		}
		r.turns[what] = append(r.turns[what], t.figures())
	}
	return nil
}

// ready is the candidate's process; a new one has its answers checked, and is
// warmed up.
func (b *bench) ready(ctx context.Context, c candidate) (*running, error) {
	if p := b.up[c]; p != nil {
		return p, nil
	}
	p, err := b.start(ctx, c)
	if err != nil {
		return nil, err
	}
	b.up[c] = p
	for _, k := range classes {
		err := p.try(k)
		if err == nil {
			_, err = p.run(k, busy, 200, time.Second)
		}
		if err != nil {
			return nil, p.Failed(fmt.Errorf("first %s of %s: %w", k.name, c, err))
		}
	}
	return p, nil
}

// startUps times each candidate that has tools from its start to its list.
func (b *bench) startUps(ctx context.Context, r *report) error {
	for range 2 * b.rounds {
		for _, c := range candidates {
			if c.server == floor || !b.only.MatchString("start/"+c.String()) {
				continue
			}
			begin := time.Now()
			p, err := b.start(ctx, c)
			if err != nil {
				return err
			}
			r.starts[c] = append(r.starts[c], float64(time.Since(begin))/float64(time.Millisecond))
			r.lists[c] = len(p.list)
			p.stop()
		}
	}
	return nil
}

// memories loads a fresh process of each candidate, and notes what it then holds.
func (b *bench) memories(ctx context.Context, r *report) error {
	for _, c := range candidates {
		if !b.only.MatchString("memory/" + c.String()) {
			continue
		}
		p, err := b.start(ctx, c)
		if err != nil {
			return err
		}
		k := class{"list5", "subscriptions-list", `{"limit":5}`, subscriptions + "?limit=5", 5, "results.4.id"}
		if err = p.try(k); err == nil {
			_, err = p.run(k, busy, memoryCalls, longest)
		}
		if err != nil {
			return p.Failed(fmt.Errorf("memory of %s: %w", c, err))
		}
		r.resident[c] = p.Resident()
		p.stop()
	}
	return nil
}
