package sandbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"posthog-mcp/internal/sandbox"
)

func inProcess(ctx context.Context, t *testing.T, s *sandbox.Sandbox, method, path, body string) (int, string, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, "https://us.posthog.com/api/"+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+sandbox.KeyAll)
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Transport: s.RoundTripper()}).Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(got), err
}

func TestRoundTripperAnswersLikeTheServer(t *testing.T) {
	s := serve(t)
	for _, path := range []string{subs + "1101/", me, subs + "?limit=3&offset=2", "nothing/"} {
		status, body, err := inProcess(t.Context(), t, s.Sandbox, "GET", path, "")
		want := s.call("GET " + path)
		body = strings.ReplaceAll(body, "https://us.posthog.com", s.url)
		if err != nil || status != want.status || body != want.body {
			t.Errorf("%s: %d %v\n%s\nwant\n%s", path, status, err, body, want.body)
		}
	}
}

func TestRoundTripperHonoursTheContext(t *testing.T) {
	s := sandbox.New(at(noon), sandbox.WithSwitches(func(r *sandbox.Switches) { r.Fault.DelayMS = 60_000 }))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := inProcess(ctx, t, s, "GET", me, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("before: %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	go cancel()
	if _, _, err := inProcess(ctx, t, s, "GET", me, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("during: %v", err)
	}
}

func TestRoundTripperReset(t *testing.T) {
	s := sandbox.New(sandbox.WithSwitches(func(r *sandbox.Switches) { r.Fault.Reset = true }))
	if _, _, err := inProcess(t.Context(), t, s, "GET", me, ""); !errors.Is(err, syscall.ECONNRESET) {
		t.Error(err)
	}
}

// TestManyAtOnce has a thousand concurrent writers. Each must read its own write, and
// the outbox must have each mail once.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	sent := map[string]int{}
	s := sandbox.New(at(noon), sandbox.WithOutbox(func(m sandbox.Message) {
		mu.Lock()
		defer mu.Unlock()
		sent[m.To]++
	}))
	const callers = 1000
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			address := fmt.Sprintf("n%d@hedgebox.example", i)
			status, body, err := inProcess(t.Context(), t, s, "POST", subs, body(set{"target_value": address}))
			if err != nil || status != 201 || !strings.Contains(body, address) {
				t.Errorf("%d %v %s", status, err, body)
			}
		})
		if i%10 == 0 {
			wg.Go(func() { _, _, _ = inProcess(t.Context(), t, s, "GET", subs, "") })
			wg.Go(func() { _ = s.Outbox(); _ = s.Requests() })
		}
	}
	wg.Wait()
	for i := range callers {
		if n := sent[fmt.Sprintf("n%d@hedgebox.example", i)]; n != 1 {
			t.Errorf("caller %d: mailed %d times", i, n)
		}
	}
	if _, body, _ := inProcess(t.Context(), t, s, "GET", subs+"?limit=1", ""); !strings.HasPrefix(body, `{"count":1030,`) {
		t.Errorf("%.20s", body)
	}
}

// TestAllKindsAtOnce mixes reads and writes of everything, while time passes.
func TestAllKindsAtOnce(t *testing.T) {
	t.Parallel()
	s := sandbox.New(at(noon), sandbox.WithSwitches(func(r *sandbox.Switches) { r.TestDeliveryLimit = false }))
	if status, got, err := inProcess(t.Context(), t, s, "PATCH", share, `{"enabled":true,"password_required":true}`); err != nil || status != 200 {
		t.Fatal(status, got, err)
	}
	calls := [][3]string{
		{"POST", share + "passwords/", `{"note":"x"}`}, {"POST", share + "refresh/", ""}, {"GET", share, ""},
		{"PATCH", subs + "1101/", `{"title":"x","invite_message":"y"}`}, {"PATCH", subs + "1101/", `{"target_value":"a@x.example,b@x.example"}`},
		{"POST", subs + "1101/test-delivery/", ""}, {"GET", subs + "1101/", ""}, {"GET", subs + "1104/deliveries/", ""},
		{"PATCH", me, `{"notification_settings":{"plugin_disabled":false},"theme_mode":"dark"}`}, {"GET", me, ""},
		{"PATCH", me + "hedgehog_config/", `{"color":"red"}`}, {"GET", main + "dashboards/102/", ""}, {"GET", subs + "summary_quota/", ""},
	}
	const rounds = 80
	var wg sync.WaitGroup
	for range rounds {
		for _, c := range calls {
			wg.Go(func() {
				if status, got, err := inProcess(t.Context(), t, s, c[0], c[1], c[2]); err != nil || status >= 400 {
					t.Errorf("%v: %d %v %s", c, status, err, got)
				}
			})
		}
		wg.Go(func() { s.Advance(time.Hour) })
	}
	wg.Wait()
	_, got, _ := inProcess(t.Context(), t, s, "GET", share, "")
	if n := strings.Count(got, `"note":"x"`); n != rounds {
		t.Errorf("%d passwords of %d", n, rounds)
	}
}

// TestMemoryIsBounded posts more than the limits of the world.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	s := sandbox.New(at(noon))
	var last int
	for i := range 1169 {
		last, _, _ = inProcess(t.Context(), t, s, "POST", subs, body(set{"enabled": false, "title": fmt.Sprint(i)}))
	}
	want := `{"type":"limit_exceeded","code":"limit_exceeded","detail":"Resource limit exceeded.","attr":null,` +
		`"extra":{"current":1200,"limit":1200,"limit_key":"analytics.max_subscriptions_per_team","request":null}}`
	if _, got, _ := inProcess(t.Context(), t, s, "POST", subs, body(nil)); last != 402 || got != want {
		t.Errorf("%d %s", last, got)
	}
	if n := len(s.Requests()); n > 500 {
		t.Errorf("%d requests kept", n)
	}
}

func TestSharesAreBounded(t *testing.T) {
	s := sandbox.New(at(noon))
	for i := range 500 {
		if status, got, _ := inProcess(t.Context(), t, s, "POST", fmt.Sprintf("%ssession_recordings/r%d/sharing/refresh/", main, i), ""); status != 200 {
			t.Fatal(status, got)
		}
	}
	for path, want := range map[string]int{"more": 402, "r499": 200} {
		if status, _, _ := inProcess(t.Context(), t, s, "POST", main+"session_recordings/"+path+"/sharing/refresh/", ""); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
}

func TestTeamCap(t *testing.T) {
	s := serve(t, sandbox.WithSwitches(func(r *sandbox.Switches) { r.TeamCap = true }))
	for range 170 {
		s.object(201, create(set{"enabled": false}))
	}
	for _, limit := range []string{"", "?limit=0", "?limit=-5", "?limit=ten"} {
		page := s.object(200, "GET "+subs+limit)
		if n := len(page["results"].([]any)); n != 100 || page["next"] != s.url+"/api/"+subs+"?limit=100&offset=100" {
			t.Errorf("%q: %d rows, next %v", limit, n, page["next"])
		}
	}
	if n := len(s.object(200, "GET "+subs+"?limit=1000")["results"].([]any)); n != 200 {
		t.Errorf("no limit is too large: %d rows", n)
	}
	want := `{"type":"limit_exceeded","code":"limit_exceeded","detail":"Resource limit exceeded.","attr":null,` +
		`"extra":{"current":200,"limit":200,"limit_key":"analytics.max_subscriptions_per_team","request":null}}`
	if got := s.call(create(nil)); got.status != 402 || got.body != want {
		t.Errorf("%d %s", got.status, got.body)
	}
}
