package web

import (
	"net/http"
	"runtime"
	"strings"
	"testing"
)

// witness is a PostHog that notes the way by which a request came.
type witness struct{ way []string }

func (w *witness) RoundTrip(r *http.Request) (*http.Response, error) {
	pcs := make([]uintptr, 100)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for f, more := frames.Next(); more; f, more = frames.Next() {
		if name, ours := strings.CutPrefix(f.Function, "posthog-mcp/"); ours && !strings.HasSuffix(f.File, "_test.go") {
			w.way = append(w.way, name)
		}
	}
	return newDesk().RoundTrip(r)
}

// The way of a write from its POST to PostHog is short: so many functions of
// this program are on the stack when its request is sent.
func TestWayIn(t *testing.T) {
	const most = 12
	w := &witness{}
	h := open(t, Options{MCP: product(t, overBase(w), silent())})
	h.must(request{
		method: "POST", path: "/mcp", token: tokenA,
		body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"subscriptions-partial-update","arguments":{"id":1,"title":"x"}}}`,
	})
	if len(w.way) == 0 || len(w.way) > most {
		t.Errorf("%d functions, want %d at most:\n%s", len(w.way), most, strings.Join(w.way, "\n"))
	}
}
