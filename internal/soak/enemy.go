package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// enemy is who attacks, and how often in each way: a process of its own, with the
// least priority. Its processors are elsewhere: neither the server nor the polite
// callers are to wait for its own work.
type enemy struct {
	addr  string
	count map[string]*atomic.Int64
}

// hire starts the enemy of the server at addr, who stops after o.siege, and
// returns what waits for the end and says how often they attacked.
func hire(ctx context.Context, o options, addr string) (func() (map[string]int64, error), error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var counted bytes.Buffer
	command := exec.CommandContext(ctx, "nice", "-n", "19", self, "-enemy", addr, "-siege", o.siege.String(), "-attack", o.attacks.String())
	command.Stdout, command.Stderr = &counted, os.Stderr
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the enemy: %w", err)
	}
	return func() (count map[string]int64, err error) {
		if err := command.Wait(); err != nil {
			return nil, fmt.Errorf("the enemy: %w", err)
		}
		return count, json.Unmarshal(counted.Bytes(), &count)
	}, nil
}

// fight is all that the enemy's process does.
func fight(o options) error {
	ctx, end := context.WithTimeout(context.Background(), o.siege)
	defer end()
	e := &enemy{addr: o.enemyOf, count: map[string]*atomic.Int64{}}
	var fighting sync.WaitGroup
	for _, a := range attacks {
		if !o.attacks.MatchString(a.name) {
			continue
		}
		e.count[a.name] = &atomic.Int64{}
		for range min(a.hands, room()) {
			fighting.Go(func() { e.attack(ctx, a) })
		}
	}
	fighting.Wait()
	total := map[string]int64{}
	for name, n := range e.count {
		total[name] = n.Load()
	}
	return json.NewEncoder(os.Stdout).Encode(total)
}

// attack goes on until ctx ends. The hands do not come all at once.
func (e *enemy) attack(ctx context.Context, a attack) {
	for pause := rand.N(slowest); ctx.Err() == nil; pause = cmp.Or(a.pause, slowest) {
		select {
		case <-time.After(pause):
			e.once(ctx, a)
		case <-ctx.Done():
		}
	}
}

func (e *enemy) once(ctx context.Context, a attack) {
	c, err := dialer.DialContext(ctx, "tcp", e.addr)
	if err != nil {
		return
	}
	defer func() { _ = c.Close() }()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()
	e.count[a.name].Add(1)
	a.do(ctx, c)
}

var dialer = &net.Dialer{Timeout: patience}

// slowest is the pause between two connections of a hand that is thrown out.
const slowest = 2 * time.Second

// room is for how many connections of one kind this process has descriptors,
// besides some thousands of other kinds.
func room() int {
	const others = 4000
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < 2*others {
		return others / 10
	}
	return int(min(limit.Cur, 1<<20)) - others
}
