package main

import (
	"log/slog"
	"time"

	"posthog-mcp/tools"
	"posthog-mcp/tools/seal"
	"posthog-mcp/transport/limit"
)

// limitFlags hold callers under PostHog's limits, and an operator's.
type limitFlags struct {
	RateLimit            int           `group:"Limits" placeholder:"N" help:"Start at most N calls a minute per PostHog key, and 10 times as many an hour: PostHog's own limit is 480 and 4,800. Off by default."`
	MaxInFlight          int           `group:"Limits" placeholder:"N" help:"Calls at PostHog at once; others wait."`
	MaxInFlightPerCaller int           `group:"Limits" placeholder:"N" help:"Calls at PostHog at once per PostHog key."`
	MaxWait              time.Duration `group:"Limits" default:"10s" help:"The longest that a call waits for its start."`
	Redis                string        `group:"Limits" placeholder:"URL" help:"Redis or Valkey in which replicas count together, and remember which confirmations were used: redis://:password@host:6379/0."`
	Replicas             int           `group:"Limits" default:"1" help:"How many replicas there are: what each may use while Redis is away."`
	DuplicateWindow      time.Duration `group:"Limits" default:"0s" help:"For how long the same call that sends messages is not made again: its caller gets the first one's outcome."`
}

// apply puts the limits around the way to PostHog. used is where replicas remember
// confirmations, nil without Redis; release closes the connections to it.
func (f limitFlags) apply(box *tools.Toolbox, timeout time.Duration, log *slog.Logger) (used seal.Store, release func(), err error) {
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	release = func() {}
	var replicas *limit.Redis
	if f.Redis != "" {
		if replicas, err = limit.OpenRedis(f.Redis, limit.RedisOptions{Logger: log}); err != nil {
			return nil, nil, usage("--redis: %v", err)
		}
		used, release = replicas, func() { _ = replicas.Close() } // nothing is buffered
	}
	if f.RateLimit+f.MaxInFlight+f.MaxInFlightPerCaller > 0 {
		box.API = limit.New(box.API, limit.Options{
			InFlight: f.MaxInFlight, InFlightPerKey: f.MaxInFlightPerCaller,
			PerMinute: f.RateLimit, PerHour: 10 * f.RateLimit,
			MaxWait: f.MaxWait, Redis: replicas, Replicas: f.Replicas,
		})
	}
	if f.DuplicateWindow > 0 {
		const slack = 5 * time.Second
		box.Once = limit.NewOnce(f.DuplicateWindow, timeout+f.MaxWait+slack, replicas)
	}
	return used, release, nil
}

func (f limitFlags) check() error {
	for _, limit := range []struct {
		flag string
		n    int
	}{{"rate-limit", f.RateLimit}, {"max-in-flight", f.MaxInFlight}, {"max-in-flight-per-caller", f.MaxInFlightPerCaller}} {
		if limit.n < 0 {
			return usage("--%s: %d is less than none", limit.flag, limit.n)
		}
	}
	if f.MaxWait <= 0 {
		return usage("--max-wait: a call that may not wait at all needs 1ms")
	}
	if f.Replicas < 1 {
		return usage("--replicas: there is at least one, this")
	}
	return nil
}
