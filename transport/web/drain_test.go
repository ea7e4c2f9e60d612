package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// soon is when an idle server has ended: net/http looks for idleness at
// intervals of up to half a second.
const soon = time.Second

// ends waits for Serve, which must return nil, and says how long that took.
func (h *house) ends() time.Duration {
	h.t.Helper()
	begin := time.Now()
	err := <-h.ended
	h.ended <- nil // for the cleanup
	if err != nil {
		h.t.Errorf("Serve returned %v, want nil", err)
	}
	return time.Since(begin)
}

// What is in flight at the end is answered, on /mcp and on streams; what comes
// later is refused, and nothing of it is sent.
func TestDrainFinishesCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h, _ := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
		ada := h.askAside(t.Context(), request{method: "POST", path: "/mcp", token: tokenA, body: call(1, "hold-ada")})
		bob := h.listen(tokenB)
		for id := range 3 {
			if err := bob.say(call(id, "hold-bob")); err != nil {
				t.Fatal(err)
			}
		}
		for range 4 {
			<-d.arrived
		}
		h.end()
		synctest.Wait()
		refusesLate(t, h, bob)
		if n := d.seen.Load(); n != 4 {
			t.Errorf("PostHog saw %d requests, want the 4 from before", n)
		}

		time.Sleep(drain - soon) // still in time
		expectAnswer(t, d, ada)
		close(d.release)
		heard := map[any]bool{}
		for range 3 {
			heard[bob.hear().ID] = true
		}
		if len(heard) != 3 {
			t.Errorf("bob heard %v, want 3 answers", heard)
		}
		if _, _, err := bob.next(); err == nil {
			t.Error("bob's stream goes on")
		}
		if took := h.ends(); took > soon {
			t.Errorf("the end took %v after the last answer", took)
		}
	})
}

// refusesLate asks past the listener, which is closed by now: so do requests
// that were on their way when the end began.
func refusesLate(t *testing.T, h *house, bob *events) {
	t.Helper()
	for _, tc := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/mcp", http.StatusServiceUnavailable},
		{"GET", "/sse", http.StatusServiceUnavailable},
		{"POST", bob.post, http.StatusServiceUnavailable},
		{"GET", "/healthz", http.StatusOK},
		{"GET", "/readyz", http.StatusServiceUnavailable},
	} {
		body := call(9, "late")
		r := httptest.NewRequestWithContext(t.Context(), tc.method, "http://127.0.0.1"+tc.path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+tokenB)
		r.Header.Set("Content-Type", "application/json")
		late := httptest.NewRecorder()
		h.server.ServeHTTP(late, r)
		if late.Code != tc.want || tc.want == http.StatusServiceUnavailable && late.Header().Get("Retry-After") == "" {
			t.Errorf("late %s %s: %d %v, want %d", tc.method, tc.path, late.Code, late.Header(), tc.want)
		}
	}
	if _, err := h.ask(t.Context(), request{method: "POST", path: "/mcp", token: tokenA, body: call(9, "late")}); err == nil {
		t.Error("the listener still accepts")
	}
}

// Probes get one word, and learn that the server drains.
func TestProbes(t *testing.T) {
	h := open(t, Options{MCP: product(t, overBase(newDesk()), silent())})
	for _, draining := range []bool{false, true} {
		h.server.draining.Store(draining)
		for path, want := range map[string]string{
			"/healthz": `{"status":"ok"}`, "/readyz": map[bool]string{false: `{"status":"ok"}`, true: `{"status":"draining"}`}[draining],
		} {
			got := h.must(request{method: "GET", path: path})
			if strings.TrimSpace(got.body) != want || (got.header.Get("Retry-After") != "") != strings.Contains(want, "draining") {
				t.Errorf("draining %v: %s: %s %v", draining, path, got.body, got.header)
			}
		}
	}
}

// Nobody in the middle of a call keeps an idle server from ending.
func TestDrainIdle(t *testing.T) {
	for name, visit := range map[string]func(*house, func() string){
		"nobody":             func(*house, func() string) {},
		"a kept connection":  func(h *house, _ func() string) { h.must(request{method: "GET", path: "/healthz"}) },
		"an open stream":     func(h *house, _ func() string) { readOn(h.listen(tokenA)) },
		"a silent peer":      func(_ *house, dial func() string) { dial() },
		"half a header":      func(_ *house, dial func() string) { dial() },
		"an answered stream": func(h *house, _ func() string) { answeredOnce(h) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, dial := openPiped(t, Options{MCP: product(t, overBase(newDesk()), silent())})
				visit(h, func() string {
					c := dial()
					if name == "half a header" {
						_, _ = c.Write([]byte("POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\n"))
					}
					return name
				})
				synctest.Wait()
				h.end()
				if took := h.ends(); took > soon {
					t.Errorf("the end took %v", took)
				}
			})
		})
	}
}

func answeredOnce(h *house) {
	e := h.listen(tokenA)
	if err := e.say(call(1, "x")); err != nil {
		h.t.Error(err)
	}
	e.hear()
	readOn(e)
}

// readOn takes what comes, as a client does: a pipe holds nothing for it.
func readOn(e *events) {
	go func() {
		for {
			if _, _, err := e.next(); err != nil {
				return
			}
		}
	}()
}

// A call that takes longer than the drain time is cut off, and cancelled at
// PostHog's end.
func TestDrainCutsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		h, _ := openPiped(t, Options{MCP: product(t, overBase(d), silent())})
		ada := h.askAside(t.Context(), request{method: "POST", path: "/mcp", token: tokenA, body: call(1, "hold-ada")})
		bob := h.listen(tokenB)
		if err := bob.say(call(1, "hold-bob")); err != nil {
			t.Fatal(err)
		}
		<-d.arrived
		<-d.arrived
		h.end()
		if took := h.ends(); took < drain || took > drain+soon {
			t.Errorf("the end took %v, want %v", took, drain)
		}
		if got := <-ada; got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "unknown") {
			t.Errorf("ada got %+v, want to know that the outcome is unknown", got)
		}
		if _, _, err := bob.next(); err == nil {
			t.Error("bob's stream goes on")
		}
		<-d.gone
		<-d.gone
	})
}

// Serve says so when it cannot serve.
func TestServeFails(t *testing.T) {
	p := &pipes{closed: make(chan struct{})}
	_ = p.Close()
	s, err := New(Options{MCP: product(t, overBase(newDesk()), silent()), Logger: silent(), Guard: optionsOfGuard()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context(), p); err == nil {
		t.Error("Serve returned nil on a listener that is closed")
	}
}
