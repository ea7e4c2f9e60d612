package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// A proof shows that a layer is really there: one that is not costs nothing. It
// runs after some hundred calls, and leaves the next ones as they would be.
type proof func(context.Context, *web) error

// refusesStrangers shows that a caller with a wrong key is kept out.
func refusesStrangers(_ context.Context, w *web) error {
	_, err := w.callAs(newCaller(stranger), classes()[0])
	if errors.Is(err, status(http.StatusUnauthorized)) {
		return nil
	}
	return fmt.Errorf("expected status 401 for a stranger: %w", cmp.Or(err, errors.New("let in")))
}

// The calls that show a limiter. PostHog throttles users by themselves, so that
// what is measured is not held back.
var (
	throttled = &class{name: "throttled", tool: "users-retrieve", args: `{"uuid":"@me"}`}
	unlimited = &class{name: "unlimited", tool: "users-hedgehog-config-retrieve", args: `{"uuid":"@me"}`}
)

// holdsBack shows that whoever was told by the upstream to come back in a minute
// does not get that far again, and that others do unless they share the key.
func holdsBack(shared bool) proof {
	return func(_ context.Context, w *web) error {
		callers := w.those(2)
		answer, err := w.callAs(callers[0], throttled)
		if err != nil {
			return err
		}
		if !bytes.Contains(answer, []byte("429")) {
			return fmt.Errorf("not throttled upstream: %.400s", answer)
		}
		for i, want := range []bool{true, shared} {
			answer, err := w.callAs(callers[i], unlimited)
			if err != nil {
				return err
			}
			if held := bytes.Contains(answer, []byte(`"rate_limited"`)); held != want {
				return fmt.Errorf("caller %d after one was throttled: held back %t, expected %t: %.400s", i, held, want, answer)
			}
		}
		return nil
	}
}

// countsCalls shows that Prometheus finds the calls that were made.
func countsCalls(_ context.Context, w *web) error {
	text, err := w.get("/metrics")
	if err == nil && !bytes.Contains(text, []byte("mcp_server_operation_duration_seconds_count{")) {
		err = errors.New("no calls are counted on /metrics")
	}
	return err
}

// patience is more than the five seconds after which spans are sent at the
// latest.
const patience = 10 * time.Second

// sendsSpans shows that spans have come to that path of the sink.
func sendsSpans(path string) proof {
	return func(ctx context.Context, w *web) error {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		again := time.NewTicker(10 * time.Millisecond)
		defer again.Stop()
		for {
			n, err := received(path)
			if err != nil || n > 0 {
				return err
			}
			select {
			case <-again.C:
			case <-ctx.Done():
				return fmt.Errorf("no span has come to %s: %w", path, ctx.Err())
			}
		}
	}
}

// received is how many spans the sink has at that path.
func received(path string) (int, error) {
	text, err := newWeb(path, raw{}).get("")
	if err != nil {
		return 0, fmt.Errorf("ask the sink: %w", err)
	}
	return strconv.Atoi(string(text))
}
