// Command bench measures what forwarding a call to PostHog costs: the product
// beside the bare HTTP call, a reverse proxy, a forwarder without MCP and a plain
// mcp-go server, and what each layer of the product's own costs on top. The
// upstream, the server under test and this client are separate processes.
//
// Machines are noisy, so candidates take turns in short rounds and each figure
// is the median over the rounds; a ratio is taken within a round first.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	bin, product string
	rounds       int
	load         load
	starts       int
	memoryCalls  int
	only         *regexp.Regexp
	json         string
	timeout      time.Duration
}

// usual is what is measured unless others are asked for. The smallest object is
// what a crowd and layers are measured with, since most of its time is theirs.
const usual = `^((object|list5|list20)/(1|64)/[^+]+|object/256/.+|(start|memory)/[^+]+)$`

func parse(args []string) (options, error) {
	o := options{only: regexp.MustCompile(usual)}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.StringVar(&o.bin, "bin", "bin/bench", "folder of the reference servers")
	f.StringVar(&o.product, "product", "", "the posthog-mcp binary; without it only the references are measured")
	f.IntVar(&o.rounds, "rounds", 5, "how often each candidate has its turn")
	f.IntVar(&o.load.calls, "calls", 1000, "calls in a turn; twice as many with 256 in flight")
	f.DurationVar(&o.load.most, "most", 500*time.Millisecond, "longest turn, it ends early then; twice as long with 256 in flight")
	f.IntVar(&o.starts, "starts", 15, "starts of each server")
	f.IntVar(&o.memoryCalls, "memory-calls", 10_000, "calls before memory is read")
	f.Func("only", "regexp of what to measure: CLASS/INFLIGHT/CANDIDATE, start/CANDIDATE, memory/CANDIDATE; classes: quota, object, list5, list20", func(s string) (err error) {
		o.only, err = regexp.Compile(s)
		return err
	})
	f.StringVar(&o.json, "json", "", "file for the figures, as JSON")
	f.DurationVar(&o.timeout, "timeout", 5*time.Minute, "longest run; it fails then")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if min(o.rounds, o.load.calls, o.starts, o.memoryCalls) < 1 {
		return o, fmt.Errorf("-rounds, -calls, -starts and -memory-calls are 1 at least")
	}
	return o, nil
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	// The client's own collections would show in the servers' latencies.
	debug.SetGCPercent(400)

	b, err := newBench(ctx, o)
	if err != nil {
		return err
	}
	defer b.stop()
	report, err := b.measure(ctx)
	if ctx.Err() != nil {
		return fmt.Errorf("ended early: %w", context.Cause(ctx))
	}
	if err != nil {
		return err
	}
	if err := report.print(os.Stdout); err != nil || o.json == "" {
		return err
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.json, append(text, '\n'), 0o644)
}
