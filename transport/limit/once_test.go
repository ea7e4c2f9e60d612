package limit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/limit"
)

const window = 10 * time.Second

// How calls end.
var (
	created  = engine.Result{Object: json.RawMessage(`{"id":1,"title":"<a> & b"}`), Status: 201}
	queued   = engine.Result{Object: json.RawMessage(`{"message":"queued"}`), Status: 202}
	unknown  = engine.Result{Object: json.RawMessage(`{"code":"timeout"}`), Text: "Outcome unknown", IsError: true, Unsure: true}
	broken   = engine.Result{Object: json.RawMessage(`{"code":"error"}`), Text: "PostHog answered 500", IsError: true, Status: 500}
	garbled  = engine.Result{Object: json.RawMessage(`{"code":"bad_answer"}`), Text: "answered 201 with HTML", IsError: true, Status: 201, Unsure: true}
	refused  = engine.Result{Object: json.RawMessage(`{"code":"invalid_input"}`), Text: "PostHog answered 400", IsError: true, Status: 400}
	throttle = engine.Result{Object: json.RawMessage(`{"code":"throttled"}`), Text: "PostHog answered 429", IsError: true, Status: 429}
	unsent   = engine.Result{Object: json.RawMessage(`{"code":"unreachable"}`), Text: "Nothing was sent", IsError: true}
)

// remembered says which ends are those of a call that is not made again.
var remembered = []struct {
	name   string
	result engine.Result
	want   bool
}{
	{"created", created, true},
	{"queued", queued, true},
	{"outcome unknown", unknown, true},
	{"PostHog's own failure", broken, true},
	{"a success whose answer is lost", garbled, true},
	{"refused", refused, false},
	{"throttled", throttle, false},
	{"not sent", unsent, false},
}

// answer is what a call gets.
type answer struct {
	Result   engine.Result
	Ago      time.Duration
	Repeated bool
}

// maker counts the calls that were made, and ends each in the same way.
type maker struct {
	result engine.Result
	takes  time.Duration
	made   atomic.Int32
}

func (m *maker) call(ctx context.Context, g *limit.Once, key string) (a answer) {
	a.Result, a.Ago, a.Repeated = g.Do(ctx, key, func() engine.Result {
		m.made.Add(1)
		if m.takes > 0 {
			time.Sleep(m.takes)
		}
		return m.result
	})
	return a
}

// expect compares how often the call was made.
func (m *maker) expect(t *testing.T, want int32) {
	t.Helper()
	if got := m.made.Load(); got != want {
		t.Errorf("made %d times, want %d", got, want)
	}
}

func differ(t *testing.T, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestAfterEachOther(t *testing.T) {
	for _, c := range remembered {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, m := limit.NewOnce(window, time.Minute, nil), &maker{result: c.result}
				first := answer{Result: c.result}
				differ(t, "the first", first, m.call(t.Context(), g, "a"))
				time.Sleep(window - time.Second)
				if !c.want {
					differ(t, "the second", first, m.call(t.Context(), g, "a"))
					m.expect(t, 2)
					return
				}
				differ(t, "the second", answer{c.result, window - time.Second, true}, m.call(t.Context(), g, "a"))
				m.expect(t, 1)
				differ(t, "another", first, m.call(t.Context(), g, "b"))
				time.Sleep(time.Second)
				differ(t, "after the window", first, m.call(t.Context(), g, "a"))
				m.expect(t, 3)
			})
		})
	}
}

// Calls that come while the first is being made wait for it: what PostHog said to
// it, it said to all. A call that was not sent says nothing, so the next
// makes it.
func TestOnceTogether(t *testing.T) {
	for _, c := range remembered {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g, m := limit.NewOnce(window, time.Minute, nil), &maker{result: c.result, takes: time.Second}
				var got [5]answer
				for i := range got {
					go func() { got[i] = m.call(t.Context(), g, "a") }()
					synctest.Wait()
				}
				time.Sleep(time.Minute)
				synctest.Wait()
				repeated := c.result.Status != 0 || c.want
				for i := range got {
					differ(t, fmt.Sprint("call ", i+1), answer{c.result, 0, repeated && i > 0}, got[i])
				}
				m.expect(t, map[bool]int32{true: 1, false: 5}[repeated])
			})
		})
	}
}

// A caller that stops waiting learns that nothing is known, and the call goes on.
func TestStopsWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, m := limit.NewOnce(window, time.Minute, nil), &maker{result: created, takes: time.Second}
		go m.call(t.Context(), g, "a")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		differ(t, "who stopped", answer{Result: engine.Unsettled()}, m.call(ctx, g, "a"))
		differ(t, "who waited", answer{created, 0, true}, m.call(t.Context(), g, "a"))
		m.expect(t, 1)
	})
}

// A call that panics may have been made.
func TestPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, m := limit.NewOnce(window, time.Minute, nil), &maker{result: created}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic is swallowed")
				}
			}()
			g.Do(t.Context(), "a", func() engine.Result { panic("a bug") })
		}()
		differ(t, "the second", answer{engine.Unsettled(), 0, true}, m.call(t.Context(), g, "a"))
		time.Sleep(window)
		differ(t, "after the window", answer{Result: created}, m.call(t.Context(), g, "a"))
	})
}

// However many calls are made, what is remembered is bounded, and the last ones
// are.
func TestManyCalls(t *testing.T) {
	g := limit.NewOnce(time.Hour, time.Minute, nil)
	before := heap()
	for i := range 30_000 {
		m := &maker{result: engine.Result{Object: json.RawMessage(`"` + strings.Repeat("x", 700) + `"`), Status: 201}}
		m.call(t.Context(), g, fmt.Sprintf("%064d", i))
	}
	if grown := heap() - before; grown > 24<<20 {
		t.Errorf("30,000 outcomes take %d bytes", grown)
	}
	for i, want := range map[int]int32{29_999: 0, 20_000: 0, 0: 1} {
		m := &maker{result: created}
		m.call(t.Context(), g, fmt.Sprintf("%064d", i))
		m.expect(t, want)
	}
}
