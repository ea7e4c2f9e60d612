package guide_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

const titlesOnce = "GET subscriptions/?limit=100"

// While a person types, PostHog is asked once; half a minute later it is asked
// again. Nothing is asked before somebody types.
func TestTypingAsksOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t, setup{})
		d.prompts(context.Background())
		d.ask(context.Background(), "prompts/get", map[string]any{"name": reviews})
		d.ask(context.Background(), "resources/templates/list", map[string]any{})
		d.typing(context.Background(), creates, "schedule", "every")
		if seen := d.seen(); len(seen) > 0 {
			t.Fatalf("asked before anybody typed what PostHog knows: %q", seen)
		}
		for _, typed := range []string{"", "g", "gr", "gro", "grow", "growth", "growth w"} {
			d.typing(context.Background(), reviews, "about", typed)
			d.typing(context.Background(), pauses, "about", typed)
			d.complete(context.Background(), template, "id", typed)
		}
		time.Sleep(30*time.Second - 1)
		d.typing(context.Background(), reviews, "about", "board")
		if diff := cmp.Diff([]string{titlesOnce}, d.seen()); diff != "" {
			t.Errorf("within half a minute (-want +got):\n%s", diff)
		}
		time.Sleep(time.Nanosecond)
		d.typing(context.Background(), reviews, "about", "board")
		if diff := cmp.Diff([]string{titlesOnce, titlesOnce}, d.seen()); diff != "" {
			t.Errorf("later (-want +got):\n%s", diff)
		}
	})
}

// Each argument asks for what it needs and for nothing else.
func TestWhatTypingAsks(t *testing.T) {
	for _, c := range []struct {
		argument, typed string
		want            []string
	}{
		{"what", "growth", []string{"GET dashboards/?limit=100", "GET insights/?basic=true&limit=100"}},
		{"recipients", "maya", []string{
			"GET /api/users/@me/", "GET integrations/?kind=slack&limit=100",
			"GET integrations/701/channels/?limit=100", "GET integrations/701/channels/?limit=100&search=may",
		}},
	} {
		d := newDesk(t, setup{})
		d.typing(context.Background(), creates, c.argument, c.typed)
		if diff := cmp.Diff(c.want, d.seen()); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", c.argument, c.typed, diff)
		}
	}
}

// In a project with more than a page, what is typed is searched for by its
// first three letters, once.
func TestTypingInALargeProject(t *testing.T) {
	var seen []string
	large := carrier(func(r *http.Request) (*http.Response, error) {
		query, _ := url.ParseQuery(r.URL.RawQuery)
		search := query.Get("search")
		seen = append(seen, search)
		var rows []string
		for n := range 1200 {
			if title := fmt.Sprintf("report %04d", n); strings.Contains(title, search) && len(rows) < 100 {
				rows = append(rows, fmt.Sprintf(`{"id":%d,"title":%q}`, n+1, title))
			}
		}
		return says(r, 200, `{"count":1200,"next":"https://x.example/?offset=100","results":[`+strings.Join(rows, ",")+`]}`), nil
	})
	d := newDesk(t, setup{base: large})
	for _, c := range []struct {
		typed string
		want  completion
	}{
		{"r", completion{HasMore: true}},
		{"re", completion{HasMore: true}},
		{"011", completion{HasMore: true}},
		{"0110", completion{Values: []string{"report 0110"}, HasMore: true}},
		{"0112", completion{Values: []string{"report 0112"}, HasMore: true}},
		{"011x", completion{Values: []string{}, HasMore: true}},
	} {
		got := d.typing(context.Background(), reviews, "about", c.typed)
		if c.want.Values == nil {
			got.Values = nil
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.typed, diff)
		}
	}
	if diff := cmp.Diff([]string{"", "011"}, seen); diff != "" {
		t.Errorf("searched for (-want +got):\n%s", diff)
	}
}

// Each caller is offered what their own key shows, whatever was looked up for
// others a moment ago; so is the same key when it is narrowed.
func TestCallersAreKeptApart(t *testing.T) {
	d := newDesk(t, setup{})
	noInsights := engine.Selection{Tools: append([]string{"dashboards-list"}, without(named[creates], "insights-list")...)}
	for range 2 { // the second time from what is remembered
		for _, c := range []struct {
			who  string
			ctx  context.Context
			want []string
		}{
			{"the server's own key", context.Background(), []string{"maya.lindqvist@hedgebox.example"}},
			{"Priya", as(sandbox.KeyAdmin), []string{"priya.raman@hedgebox.example"}},
			{"Jonas", as(sandbox.KeyOutsider), []string{"jonas.weber@spikeworks.example"}},
			{"an empty key", as(""), nil},
			{"an unknown key", as("phx_unknown_000000000000000"), nil},
			{"a key without the scope", as(sandbox.KeySubscriptionsOnly), nil},
			{"the same key, given", as(sandbox.KeyAll), []string{"maya.lindqvist@hedgebox.example"}},
		} {
			got := d.typing(c.ctx, creates, "recipients", "@").Values
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.who, diff)
			}
		}
		theirs := []string{"Shop overview", "Daily orders", "Checkout funnel", "Refund rate", "Repeat buyers"}
		if diff := cmp.Diff(theirs, d.typing(as(sandbox.KeyOutsider), creates, "what", "").Values); diff != "" {
			t.Errorf("Jonas, of another organization (-want +got):\n%s", diff)
		}
		if got := d.typing(narrowed(noInsights), creates, "what", "funnel"); len(got.Values) > 0 {
			t.Errorf("a narrowed caller is offered %q", got.Values)
		}
		if got := d.typing(context.Background(), creates, "what", "funnel"); len(got.Values) != 1 {
			t.Errorf("a caller who is not narrowed is offered %q", got.Values)
		}
	}
}

func without(all []string, one string) (rest []string) {
	for _, name := range all {
		if name != one {
			rest = append(rest, name)
		}
	}
	return rest
}

// A failure is not remembered, and tells the client nothing. The log has which
// tool and which status, and no key.
func TestFailureIsForgotten(t *testing.T) {
	var log bytes.Buffer
	d := newDesk(t, setup{log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	d.sandbox.Switch(func(s *sandbox.Switches) { s.PaymentGate = true })
	if diff := cmp.Diff(completion{Values: []string{}}, d.typing(as(sandbox.KeyAll), reviews, "about", "growth")); diff != "" {
		t.Error(diff)
	}
	if got := log.String(); !strings.Contains(got, `"tool":"subscriptions-list","status":402`) || strings.Contains(got, sandbox.KeyAll) {
		t.Errorf("logged %s", got)
	}
	d.sandbox.Switch(func(s *sandbox.Switches) { s.PaymentGate = false })
	if got := d.typing(as(sandbox.KeyAll), reviews, "about", "growth"); len(got.Values) != 4 {
		t.Errorf("after it works again: %q", got.Values)
	}
}

// What is remembered is bounded: of many callers the oldest is forgotten.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := map[string]int{}
		base := carrier(func(r *http.Request) (*http.Response, error) {
			asked[r.Header.Get("Authorization")]++
			return says(r, 200, `{"count":1,"results":[{"id":1,"title":"one"}]}`), nil
		})
		d := newDesk(t, setup{base: base})
		typing := func(n int) {
			d.typing(as(posthog.Key(fmt.Sprintf("phx_caller_%04d", n))), reviews, "about", "")
		}
		const most = 256
		for n := range most + 1 {
			time.Sleep(time.Nanosecond)
			typing(n)
		}
		typing(most) // the newest
		typing(1)    // the oldest that is left
		typing(0)
		for n, want := range map[int]int{0: 2, 1: 1, most: 1} {
			if got := asked[fmt.Sprintf("Bearer phx_caller_%04d", n)]; got != want {
				t.Errorf("caller %d asked %d times, want %d", n, got, want)
			}
		}
	})
}

// Many questions at once are one request. Who asked first may leave: the answer
// is still there for the others, and for who asks next.
func TestOneRequestAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		answer := make(chan struct{})
		base := carrier(func(r *http.Request) (*http.Response, error) {
			asked.Add(1)
			select {
			case <-answer:
				return says(r, 200, `{"count":1,"results":[{"id":1,"title":"one"}]}`), nil
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		})
		d := newDesk(t, setup{base: base})
		first, leave := context.WithCancel(context.Background())
		var all sync.WaitGroup
		all.Go(func() { d.typing(first, reviews, "about", "") })
		synctest.Wait()
		for range 20 {
			all.Go(func() {
				if got := d.typing(context.Background(), reviews, "about", "o"); len(got.Values) != 1 {
					t.Errorf("offered %q", got.Values)
				}
			})
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		close(answer)
		all.Wait()
		d.typing(context.Background(), reviews, "about", "")
		if n := asked.Load(); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
}

// PostHog that does not answer holds nobody up for longer than ten seconds.
func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		base := carrier(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		d := newDesk(t, setup{base: base})
		begin := time.Now()
		if got := d.typing(context.Background(), reviews, "about", ""); len(got.Values) > 0 {
			t.Errorf("offered %q", got.Values)
		}
		if took := time.Since(begin); took != 10*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// A client that takes its question back is not waited for, and nothing goes on
// for it: neither a value that is looked up, nor a resource that is read.
func TestClientLeaves(t *testing.T) {
	for _, c := range []struct {
		method string
		params map[string]any
	}{
		{"completion/complete", map[string]any{
			"ref":      map[string]any{"type": "ref/prompt", "name": creates},
			"argument": map[string]any{"name": "recipients", "value": "m"},
		}},
		{"resources/read", map[string]any{"uri": "posthog://subscriptions/1134"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var asked, ended atomic.Int32
			base := carrier(func(r *http.Request) (*http.Response, error) {
				asked.Add(1)
				<-r.Context().Done()
				ended.Add(1)
				return nil, r.Context().Err()
			})
			d := newDesk(t, setup{base: base})
			ctx, leave := context.WithCancel(context.Background())
			time.AfterFunc(time.Second, leave)
			begin := time.Now()
			d.ask(ctx, c.method, c.params)
			synctest.Wait()
			if took := time.Since(begin); took != time.Second || asked.Load() != 1 || ended.Load() != 1 {
				t.Errorf("%s: after %v %d of %d requests have ended", c.method, took, ended.Load(), asked.Load())
			}
		})
	}
}

// A panic below is no answer to wait for, and leaves nothing behind.
func TestPanicBelow(t *testing.T) {
	panics := true
	base := carrier(func(r *http.Request) (*http.Response, error) {
		if panics {
			panic("canary")
		}
		return says(r, 200, `{"count":1,"results":[{"id":1,"title":"one"}]}`), nil
	})
	d := newDesk(t, setup{base: base})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the transport, which answers for panics, did not get it")
			}
		}()
		d.typing(context.Background(), reviews, "about", "")
	}()
	panics = false
	if got := d.typing(context.Background(), reviews, "about", ""); len(got.Values) != 1 {
		t.Errorf("afterwards: %q", got.Values)
	}
}
