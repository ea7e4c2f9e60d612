package sandbox_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

// TestHookOrdersCalls races two writes and lets the first one take effect last.
func TestHookOrdersCalls(t *testing.T) {
	s := serve(t)
	arrived, let := make(chan bool), make(chan bool)
	s.Intercept(func(r *http.Request) func() {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "slow") {
			close(arrived)
			<-let
		}
		return nil
	})
	done := make(chan answer)
	go func() { done <- s.call("PATCH " + subs + `1101/ {"title":"slow"}`) }()
	<-arrived
	s.call("PATCH " + subs + `1101/ {"title":"fast"}`)
	if got := s.object(200, "GET "+subs+"1101/")["title"]; got != "fast" {
		t.Errorf("while one is held: %v", got)
	}
	close(let)
	if got := <-done; got.status != 200 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := s.object(200, "GET "+subs+"1101/")["title"]; got != "slow" {
		t.Errorf("in the end: %v", got)
	}
}

// TestHookHoldsTheAnswer tests a caller who gives up on a call that took effect.
func TestHookHoldsTheAnswer(t *testing.T) {
	s := sandbox.New(at(noon))
	ctx, giveUp := context.WithCancel(t.Context())
	s.Intercept(func(r *http.Request) func() {
		if r.Method != http.MethodPatch {
			return nil
		}
		return func() { giveUp(); <-r.Context().Done() }
	})
	if _, _, err := inProcess(ctx, t, s, "PATCH", subs+"1101/", `{"title":"x"}`); !errors.Is(err, context.Canceled) {
		t.Errorf("the caller: %v", err)
	}
	if _, got, _ := inProcess(t.Context(), t, s, "GET", subs+"1101/", ""); !strings.Contains(got, `"title":"x"`) {
		t.Errorf("%.200s", got)
	}
}

// TestPanicLeavesTheWorldUsable lets a handler panic, which a server survives.
func TestPanicLeavesTheWorldUsable(t *testing.T) {
	s := sandbox.New(at(noon), sandbox.WithClock(func() func() time.Time {
		calls := 0
		return func() time.Time {
			// The first look at the clock is that of the world's beginning.
			if calls++; calls == 2 {
				panic("a clock that fails")
			}
			return noon
		}
	}()))
	func() {
		defer func() {
			if recover() == nil {
				t.Error("nothing panicked")
			}
		}()
		_, _, _ = inProcess(t.Context(), t, s, "GET", me, "")
	}()
	if status, got, err := inProcess(t.Context(), t, s, "GET", me, ""); status != 200 || err != nil {
		t.Errorf("afterwards: %d %v %s", status, err, got)
	}
}

// TestTriggers tests the reason of each message.
func TestTriggers(t *testing.T) {
	s := serve(t)
	s.object(201, create(set{"target_value": "a@x.example", "start_date": "2026-06-16T09:00:00Z"}))
	s.object(200, "PATCH "+subs+`90001/ {"target_value":"a@x.example,b@x.example"}`)
	s.call("POST " + subs + "90001/test-delivery/")
	s.Advance(22 * time.Hour)
	s.object(200, "PATCH "+me+` {"email":"new@x.example"}`)
	var got []string
	for _, m := range s.Outbox() {
		if m.Subscription == 90001 || m.Subscription == 0 {
			got = append(got, m.Trigger+" "+m.To)
		}
	}
	want := []string{
		"target_change a@x.example", "target_change b@x.example", "manual a@x.example", "manual b@x.example",
		"scheduled a@x.example", "scheduled b@x.example", "account new@x.example",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
