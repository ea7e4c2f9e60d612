// Soak runs the server as a company does and then as its enemies would: three
// replicas behind nginx that share a Redis, called over every transport at once,
// while replicas are killed and replaced; and then one replica under siege.
//
// It needs nginx and redis-server (Debian: nginx-light, redis-server) and /proc.
// Everything listens on loopback addresses; the PostHog behind it is the sandbox.
// What must hold is checked, and what can only be measured is printed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

type options struct {
	product    string
	load       time.Duration
	siege      time.Duration
	killsEvery time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.product, "product", "bin/posthog-mcp", "the `binary` to run")
	flag.DurationVar(&o.load, "for", time.Minute, "how long the replicas are under load; 0 for not at all")
	flag.DurationVar(&o.siege, "siege", 15*time.Second, "how long the siege lasts; 0 for none")
	flag.DurationVar(&o.killsEvery, "kill", 7*time.Second, "how often a replica is killed")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	for name, packed := range map[string]string{"nginx": "nginx-light", "redis-server": "redis-server"} {
		if _, err := exec.LookPath(name); err != nil {
			return fmt.Errorf("there is no %s; on Debian: apt-get install %s", name, packed)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// Whatever hangs, this ends.
	ctx, cancel := context.WithTimeout(ctx, o.load+o.siege+5*time.Minute)
	defer cancel()
	scratch, err := os.MkdirTemp("", "soak")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	// nginx's workers are another user.
	if err := os.Chmod(scratch, 0o755); err != nil {
		return err
	}
	var loaded, besieged error
	if o.load > 0 {
		loaded = underLoad(ctx, o, scratch)
	}
	if o.siege > 0 {
		besieged = underSiege(ctx, o)
	}
	return errors.Join(loaded, besieged)
}
