package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// fake is a server as far as the proofs look: what it does with strangers, with
// whoever was throttled, and what it counts.
type fake struct {
	open, forgetful, shared bool
	metrics                 string

	mu        sync.Mutex
	throttled map[string]bool // by key
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/metrics" {
		io.WriteString(w, f.metrics)
		return
	}
	key := r.Header.Get("Authorization")
	if key == "Bearer "+stranger && !f.open {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if f.shared {
		key = "everybody's"
	}
	message, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	switch held := f.throttled[key]; {
	case strings.Contains(string(message), throttled.tool):
		f.throttled[key] = !f.forgetful
		io.WriteString(w, `{"result":{"isError":true,"structuredContent":{"status":429}}}`)
	case held:
		io.WriteString(w, `{"result":{"isError":true,"structuredContent":{"code":"rate_limited"}}}`)
	default:
		io.WriteString(w, `{"result":{"structuredContent":{}}}`)
	}
}

func TestProofsFailWithoutTheLayer(t *testing.T) {
	const counted = "mcp_server_operation_duration_seconds_count{error_type=\"\"} 3\n"
	for _, c := range []struct {
		name   string
		server *fake
		proof  proof
		want   string // part of the error; empty for none
	}{
		{"strangers refused", &fake{}, refusesStrangers, ""},
		{"strangers let in", &fake{open: true}, refusesStrangers, "expected status 401 for a stranger: let in"},
		{"each caller held back", &fake{}, holdsBack(false), ""},
		{"all callers held back", &fake{shared: true}, holdsBack(true), ""},
		{"no limiter", &fake{forgetful: true}, holdsBack(true), "caller 0 after one was throttled: held back false, expected true"},
		{"others held back too", &fake{shared: true}, holdsBack(false), "caller 1 after one was throttled: held back true, expected false"},
		{"others not held back", &fake{}, holdsBack(true), "caller 1 after one was throttled: held back false, expected true"},
		{"counted", &fake{metrics: counted}, countsCalls, ""},
		{"not counted", &fake{metrics: "go_goroutines 9\n"}, countsCalls, "no calls are counted"},
	} {
		c.server.throttled = map[string]bool{}
		w := dial(t, mcp{}, c.server.ServeHTTP)
		err := c.proof(t.Context(), w)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestSendsSpans(t *testing.T) {
	answers := []string{"0", "0", "512"}
	ctx, cancel := context.WithCancel(t.Context())
	for _, c := range []struct {
		name string
		next func() string
		want string
	}{
		{"some, in the end", func() string { next := answers[0]; answers = answers[1:]; return next }, ""},
		{"none, until the run ends", func() string { cancel(); return "0" }, "no span has come to "},
		{"no sink", func() string { return "hello" }, "invalid syntax"},
	} {
		sink := dial(t, raw{}, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, c.next()) })
		err := sendsSpans(sink.origin+"/all/v1/traces")(ctx, nil)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
