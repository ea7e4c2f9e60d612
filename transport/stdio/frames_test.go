package stdio

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// The way of a write from its line to PostHog is short: so many functions of
// this program are on the stack when its request is sent.
func TestWayIn(t *testing.T) {
	const most = 9
	var way []string
	client := connect(t.Context(), t, serverOf(t, carrier(func(r *http.Request) (*http.Response, error) {
		pcs := make([]uintptr, 100)
		frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
		for f, more := frames.Next(); more; f, more = frames.Next() {
			if name, ours := strings.CutPrefix(f.Function, "posthog-mcp/"); ours && !strings.HasSuffix(f.File, "_test.go") {
				way = append(way, name)
			}
		}
		return empty(0)(r)
	})), patient)
	client.send(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"subscriptions-partial-update","arguments":{"id":1,"title":"x"}}}`)
	if err := client.hangUp(); err != nil {
		t.Error(err)
	}
	if len(way) == 0 || len(way) > most {
		t.Errorf("%d functions, want %d at most:\n%s", len(way), most, strings.Join(way, "\n"))
	}
}
