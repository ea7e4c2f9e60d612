package telemetry_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"posthog-mcp/transport/telemetry"
)

func TestHealth(t *testing.T) {
	hangs := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	for _, c := range []struct {
		name       string
		check      func(context.Context) error
		drain      bool
		status     int
		body       string
		retryAfter string
	}{
		{"zero", nil, false, 200, "ok", ""},
		{"in order", func(context.Context) error { return nil }, false, 200, "ok", ""},
		{"a check fails", func(context.Context) error { return errors.New("CANARY") }, false, 503, "unavailable", "5"},
		{"a check hangs", hangs, false, 503, "unavailable", "5"},
		{"draining", nil, true, 503, "draining", "5"},
		{"draining is not checked", func(context.Context) error { panic("asked") }, true, 503, "draining", "5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				h := &telemetry.Health{Check: c.check}
				if c.drain {
					h.Drain()
				}
				check := func(handler http.Handler, status int, body, retryAfter string) {
					w := httptest.NewRecorder()
					handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
					if w.Code != status || w.Body.String() != `{"status":"`+body+`"}`+"\n" || w.Header().Get("Retry-After") != retryAfter {
						t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
					}
				}
				check(h.Ready(), c.status, c.body, c.retryAfter)
				check(h.Live(), 200, "ok", "")
				if took := time.Since(start); took >= time.Second {
					t.Errorf("answered after %v", took)
				}
			})
		})
	}
}
