package main

import (
	"context"
	"fmt"
	"time"
)

// A key names what is measured.
type key struct {
	class     string
	inFlight  int
	candidate string
}

func (k key) String() string { return fmt.Sprintf("%s/%d/%s", k.class, k.inFlight, k.candidate) }

// How many calls wait for an answer at a time.
const (
	alone = 1
	busy  = 64
	crowd = 256
)

var inFlights = [...]int{alone, busy, crowd}

// latencies lets all candidates take their turns and returns what each turn gave.
func (b *bench) latencies(ctx context.Context) (map[key][]figures, error) {
	turns := map[key][]figures{}
	for round := range b.rounds {
		for _, k := range b.classes {
			for _, n := range inFlights {
				takers := b.takers(k, n)
				for _, i := range order(round, len(takers)) {
					f, err := b.turn(ctx, takers[i], k, n)
					what := key{k.name, n, takers[i].String()}
					if err != nil {
						return nil, fmt.Errorf("%s: %w", what, err)
					}
					turns[what] = append(turns[what], f)
				}
			}
		}
	}
	return turns, nil
}

// takers are the candidates that are to be measured so.
func (b *bench) takers(k *class, inFlight int) (takers []candidate) {
	for _, c := range b.candidates {
		if c.takes(inFlight) && b.only.MatchString(key{k.name, inFlight, c.String()}.String()) {
			takers = append(takers, c)
		}
	}
	return takers
}

// order is that of n candidates in a round, so that each comes after another one
// in every round, be it a heavy one: a Williams square, of which a round is a row
// (E. J. Williams, 1949). Its first is 0, 1, n-1, 2, n-2, …, the next has one
// more, modulo n. With an odd n two of n rounds have the same neighbours.
func order(round, n int) []int {
	row := make([]int, n)
	for i := range row {
		place := (i + 1) / 2
		if i%2 == 0 {
			place = n - place
		}
		row[i] = (place + round) % n
	}
	return row
}

func (b *bench) turn(ctx context.Context, c candidate, k *class, inFlight int) (figures, error) {
	r, ok := b.up[c.String()]
	if !ok {
		var err error
		if r, err = b.ready(ctx, c); err != nil {
			return figures{}, err
		}
		b.up[c.String()] = r
	}
	s, err := r.run(k, inFlight, b.load.among(inFlight))
	if err != nil {
		return figures{}, r.failed(err)
	}
	return s.figures(), nil
}

// ready starts c, sees that its answers are the upstream's, warms it up, and has
// its layers proved.
func (b *bench) ready(ctx context.Context, c candidate) (*running, error) {
	r, err := c.start(ctx, b.upstream.addr)
	if err != nil {
		return nil, err
	}
	for _, k := range b.classes {
		err := c.try(r, k)
		if err == nil {
			_, err = r.run(k, c.most(), load{200, time.Second}.among(c.most()))
		}
		if err != nil {
			return nil, r.failed(fmt.Errorf("first %s: %w", k.name, err))
		}
	}
	for _, p := range c.layer.proofs {
		if err := p(ctx, r.conn.(*web)); err != nil {
			return nil, r.failed(err)
		}
	}
	return r, nil
}
