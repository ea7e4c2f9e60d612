// Soak runs the server as a company does and then as its enemies would: three
// replicas behind nginx that share a Redis, called over every transport at once,
// while replicas are killed and replaced; then one replica under siege, beside one
// that is not; and then the program as a client starts it, with noise on stdin.
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
	"regexp"
	"syscall"
	"time"
)

type options struct {
	product    string
	load       time.Duration
	siege      time.Duration
	noise      time.Duration
	killsEvery time.Duration
	attacks    expression
	enemyOf    string
}

// expression is a flag's.
type expression struct{ *regexp.Regexp }

// Set reads it.
func (e *expression) Set(text string) (err error) {
	e.Regexp, err = regexp.Compile(text)
	return err
}

// String is what it was read from.
func (e *expression) String() string {
	if e.Regexp == nil {
		return ""
	}
	return e.Regexp.String()
}

func main() {
	o := options{attacks: expression{regexp.MustCompile("")}}
	flag.StringVar(&o.product, "product", "bin/posthog-mcp", "the `binary` to run")
	flag.DurationVar(&o.load, "for", time.Minute, "how long the replicas are under load; 0 for not at all")
	flag.DurationVar(&o.siege, "siege", 15*time.Second, "how long the siege lasts; 0 for none")
	flag.DurationVar(&o.noise, "stdin", 5*time.Second, "how long there is noise on stdin; 0 for none")
	flag.DurationVar(&o.killsEvery, "kill", 7*time.Second, "how often a replica is killed")
	flag.Var(&o.attacks, "attack", "the siege is of the attacks whose name this `expression` finds")
	flag.StringVar(&o.enemyOf, "enemy", "", "only attack the server at this `address`: what soak starts beside itself")
	flag.Parse()
	do := run
	if o.enemyOf != "" {
		do = fight
	}
	if err := do(o); err != nil {
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
	var loaded, besieged, bothered error
	if o.load > 0 {
		loaded = underLoad(ctx, o, scratch)
	}
	if o.siege > 0 {
		besieged = underSiege(ctx, o)
	}
	if o.noise > 0 {
		bothered = underNoise(ctx, o)
	}
	return errors.Join(loaded, besieged, bothered)
}
