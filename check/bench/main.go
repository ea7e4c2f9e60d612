// Command bench measures what the product adds to a call of PostHog, beside two
// references on the same transport: floor, which forwards bytes without MCP and
// without JSON, and bare, an mcp-go server that checks nothing.
//
// The upstream, the server and this client are processes of their own. Machines
// are noisy, so the servers take turns in short rounds: a figure is the median
// over the rounds, a ratio the median of the ratios within a round.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"syscall"
	"time"
)

// longest is how long a run may take; it fails then.
const longest = 5 * time.Minute

type options struct {
	product string
	rounds  int
	only    *regexp.Regexp
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	o := options{only: regexp.MustCompile("")}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.product, "product", "bin/posthog-mcp", "the `binary` to measure")
	f.IntVar(&o.rounds, "rounds", 7, "how often each server has its turn; 1 or more")
	f.Func("only", "`regexp` of what to measure: CLASS/IN FLIGHT/SERVER TRANSPORT, start/SERVER TRANSPORT or memory/SERVER TRANSPORT, such as object/1/ours http", func(s string) (err error) {
		o.only, err = regexp.Compile(s)
		return err
	})
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.rounds < 1 {
		return o, fmt.Errorf("-rounds %d: expected 1 or more", o.rounds)
	}
	return o, nil
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && roles[args[0]] != nil {
		return roles[args[0]](args[1:])
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	debug.SetGCPercent(400) // the client's own collections would show in the latencies
	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.stop()
	r, err := b.measure(ctx)
	if ctx.Err() != nil {
		return fmt.Errorf("ended early: %w", context.Cause(ctx))
	}
	if err != nil {
		return err
	}
	r.print(os.Stdout)
	return nil
}
