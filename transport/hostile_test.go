package transport_test

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/audit"
	"posthog-mcp/transport/limit"
	"posthog-mcp/transport/posthog"
)

const (
	// shortCall is the --timeout of a call to a hostile PostHog; none ends by
	// itself, so that how fast this machine is decides nothing.
	shortCall = 250 * time.Millisecond
	// hung is after which time a call has no deadline.
	hung = 20 * time.Second
)

// either calls the one, and from a moment on the other.
type either struct {
	first, second engine.Upstream
	changed       atomic.Bool
}

func (e *either) Do(ctx context.Context, r *engine.Request) (*engine.Response, error) {
	if e.changed.Load() {
		return e.second.Do(ctx, r)
	}
	return e.first.Do(ctx, r)
}

func caller(host *url.URL, timeout time.Duration, base http.RoundTripper) *posthog.Client {
	return posthog.New(posthog.Options{Host: host, Key: "phx_fake0000canary", Timeout: timeout, Base: base})
}

// Whatever answers in PostHog's place, a call ends at its deadline, gives its
// slot back, and a write leaves its line in the audit.
func TestHostilePostHog(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		for name, treat := range hostilities {
			if scheme == "https" && name != "silent from the start" && name != "bytes that are no HTTP" {
				continue // the others begin after the handshake
			}
			t.Run(scheme+"/"+name, func(t *testing.T) {
				t.Parallel()
				host, posted := hostileServer(t, treat)
				outcomes := audited(t, &url.URL{Scheme: scheme, Host: host})
				want := cmp.Or(known[name], "unknown") + " done"
				if scheme == "https" || strings.HasPrefix(outcomes, "refused") && !posted.Load() {
					want = "refused done" // nothing was sent; on a slow machine, not in time
				}
				if diff := gocmp.Diff(want, outcomes); diff != "" {
					t.Errorf("audit (-want +got):\n%s", diff)
				}
			})
		}
	}
}

func audited(t *testing.T, host *url.URL) string {
	t.Helper()
	hostile := caller(host, shortCall, nil)
	t.Cleanup(hostile.CloseIdle)
	return auditedBehind(t, hostile)
}

// auditedBehind makes a write and a read at a hostile PostHog, then a write at a
// good one, with one slot for them all, and returns what the audit has.
func auditedBehind(t *testing.T, hostile engine.Upstream) string {
	t.Helper()
	api := &either{first: hostile, second: caller(nil, hung, says(200, `{"id":7}`))}
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "audit")
	record, err := audit.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = record.Close() })
	s := transport.NewServer(transport.Options{
		Catalogue: catalogue, Audit: record, Logger: slog.New(slog.DiscardHandler),
		Toolbox: &engine.Toolbox{API: limit.New(api, limit.Options{InFlight: 1, MaxWait: time.Millisecond})},
	})
	call := func(tool, arguments string) {
		begin := time.Now()
		ask(t, s, "tools/call", `{"name":"`+tool+`","arguments":`+arguments+`}`)
		if took := time.Since(begin); took > hung {
			t.Fatalf("%s took %v of %v", tool, took, shortCall)
		}
	}
	call("subscriptions-test-delivery-create", `{"id":7}`)
	call("projects-list", `{}`) // of which only a part is read
	api.changed.Store(true)
	call("subscriptions-test-delivery-create", `{"id":7}`)
	return outcomesIn(t, path)
}

func outcomesIn(t *testing.T, path string) string {
	t.Helper()
	lines, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []string
	for line := range strings.Lines(string(lines)) {
		var entry audit.Entry
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, string(entry.Result))
	}
	return strings.Join(outcomes, " ")
}

// A write that panics on its way leaves its line too, and its slot.
func TestPanicIsAudited(t *testing.T) {
	panics := carrier(func(*http.Request) (*http.Response, error) { panic("canary") })
	if diff := gocmp.Diff("unknown done", auditedBehind(t, caller(nil, hung, panics))); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}
