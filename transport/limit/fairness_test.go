package limit_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/limit"
)

// One caller fills the server with calls; other callers, who come later, take turns
// with them and need not wait for all of their calls.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, network := behind(limit.Options{InFlight: 1, MaxWait: time.Hour}, time.Second)
		for _, caller := range []int{1, 1, 1, 1, 1, 1, 2, 3, 3, 4, 4} {
			go call(as(t.Context(), caller), l, listPath)
			synctest.Wait()
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		var want []string
		for _, caller := range []int{1, 1, 2, 3, 4, 1, 3, 4, 1, 1, 1} {
			want = append(want, keyOf(caller).Reveal())
		}
		if d := cmp.Diff(want, network.order); d != "" {
			t.Errorf("the order of starts (-want +got):\n%s", d)
		}
	})
}

// A caller who is over their rate takes no slot from the others while they wait.
func TestWaitersHoldNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _ := behind(limit.Options{InFlight: 1, PerMinute: twenty, MaxWait: time.Minute}, 0)
		for range 10 {
			go call(as(t.Context(), 1), l, listPath)
		}
		synctest.Wait()
		if got := call(as(t.Context(), 2), l, listPath); got != done {
			t.Errorf("the other caller's call: %+v", got)
		}
		time.Sleep(time.Minute)
	})
}

// A hundred thousand callers leave nothing behind but what is bounded.
func TestManyCallers(t *testing.T) {
	l := limit.New(instant{}, limit.Options{InFlight: 64, InFlightPerKey: 8, PerMinute: 480, PerHour: 4800})
	before := heap()
	r := get(listPath)
	for i := range 100_000 {
		if _, err := l.Do(as(t.Context(), i), r); err != nil {
			t.Fatal(err)
		}
	}
	if grown := heap() - before; grown > 12<<20 {
		t.Errorf("100,000 callers take %d bytes", grown)
	}
	runtime.KeepAlive(l)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// instant is an upstream that costs nothing, so that what is measured is the
// limiter.
type instant struct{}

func (instant) Do(context.Context, *engine.Request) (*engine.Response, error) {
	return &engine.Response{Status: 200}, nil
}

// BenchmarkDo measures what a call costs with the limits on, and with none.
func BenchmarkDo(b *testing.B) {
	many := limit.Options{InFlight: 64, InFlightPerKey: 8, PerMinute: 1 << 30, PerHour: 1 << 30}
	for name, o := range map[string]limit.Options{"limits": many, "none": {}} {
		b.Run(name, func(b *testing.B) {
			l, ctx, r := limit.New(instant{}, o), as(b.Context(), 1), get(listPath)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Do(ctx, r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
