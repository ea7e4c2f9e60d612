package main

import (
	"context"
	"fmt"
	"time"
)

// startUps times each server from its start to the answer that shows it is
// ready, in turns.
func (b *bench) startUps(ctx context.Context) ([]*server, error) {
	var servers []*server
	for _, c := range b.candidates {
		servers = append(servers, &server{Name: c.String()})
	}
	times := make([][]time.Duration, len(servers))
	for range b.starts {
		for i, c := range b.candidates {
			if c.binary == "" || !b.only.MatchString("start/"+c.String()) {
				continue
			}
			begin := time.Now()
			r, err := c.start(ctx, b.upstream.addr)
			if err != nil {
				return nil, fmt.Errorf("start %s: %w", c, err)
			}
			times[i] = append(times[i], time.Since(begin))
			servers[i].List = len(r.list)
			r.stop()
		}
	}
	for i, s := range servers {
		s.Start = median(times[i], time.Duration.Seconds) * 1e3
	}
	for i, s := range servers {
		if base := b.peer(i, bare); base >= 0 && servers[base].Start > 0 {
			s.StartVsBare = s.Start / servers[base].Start
		}
	}
	return servers, nil
}

// loadClass is the call that fills a server's memory.
const loadClass = "list5"

// memories loads a fresh process of each candidate and notes what it then holds.
func (b *bench) memories(ctx context.Context, servers []*server) error {
	for i, c := range b.candidates {
		if c.binary == "" || !b.only.MatchString("memory/"+c.String()) {
			continue
		}
		r, err := c.start(ctx, b.upstream.addr)
		if err != nil {
			return fmt.Errorf("memory of %s: %w", c, err)
		}
		m, err := c.loaded(r, b.class(loadClass), load{b.memoryCalls, b.timeout})
		if err != nil {
			return r.failed(fmt.Errorf("memory of %s: %w", c, err))
		}
		r.stop()
		const mega = 1 << 20
		servers[i].Resident, servers[i].Peak = float64(m.resident)/mega, float64(m.peak)/mega
	}
	return nil
}

// loaded is what r holds after that load.
func (c candidate) loaded(r *running, k *class, l load) (memory, error) {
	if err := c.try(r, k); err != nil {
		return memory{}, err
	}
	if _, err := r.run(k, busy, l); err != nil {
		return memory{}, err
	}
	return r.process.memory()
}
