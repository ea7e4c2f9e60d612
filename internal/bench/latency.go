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

// inFlights are how many calls wait for an answer at a time.
var inFlights = [...]int{1, 64}

// latencies lets all candidates take their turns and returns what each turn gave.
func (b *bench) latencies(ctx context.Context) (map[key][]figures, error) {
	turns := map[key][]figures{}
	for round := range b.rounds {
		for _, k := range b.classes {
			for _, n := range inFlights {
				for i := range b.candidates {
					// Another one begins in each round: whoever comes after a
					// heavy one does so in some rounds only.
					c := b.candidates[(i+round)%len(b.candidates)]
					what := key{k.name, n, c.String()}
					if !b.only.MatchString(what.String()) {
						continue
					}
					f, err := b.turn(ctx, c, k, n)
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

func (b *bench) turn(ctx context.Context, c candidate, k *class, inFlight int) (figures, error) {
	r, ok := b.up[c.String()]
	if !ok {
		var err error
		if r, err = b.ready(ctx, c); err != nil {
			return figures{}, err
		}
		b.up[c.String()] = r
	}
	s, err := r.run(k, inFlight, b.load)
	if err != nil {
		return figures{}, r.failed(err)
	}
	return s.figures(), nil
}

// ready starts c, sees that its answers are the upstream's, and warms it up.
func (b *bench) ready(ctx context.Context, c candidate) (*running, error) {
	r, err := c.start(ctx, b.upstream)
	if err != nil {
		return nil, err
	}
	for _, k := range b.classes {
		answer, err := r.call(k)
		if err == nil && c.speak != nil {
			err = c.speak.check(answer, k)
		}
		if err == nil {
			_, err = r.run(k, inFlights[len(inFlights)-1], load{200, time.Second})
		}
		if err != nil {
			return nil, r.failed(fmt.Errorf("first %s: %w", k.name, err))
		}
	}
	return r, nil
}

// cells puts the turns in the order they are read in.
func (b *bench) cells(turns map[key][]figures) []cell {
	var cells []cell
	for _, k := range b.classes {
		for _, n := range inFlights {
			of := func(i int) []figures {
				if i < 0 {
					return nil
				}
				return turns[key{k.name, n, b.candidates[i].String()}]
			}
			for i, c := range b.candidates {
				mine := of(i)
				if len(mine) == 0 {
					continue
				}
				cells = append(cells, cell{
					Class: k.name, Payload: len(k.payload), InFlight: n, Candidate: c.String(), figures: middle(mine),
					VsBare: ratio(mine, of(b.peer(i, bare))), VsFloor: ratio(mine, of(b.peer(i, floor))),
				})
			}
		}
	}
	return cells
}
