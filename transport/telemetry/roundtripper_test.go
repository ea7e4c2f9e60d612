package telemetry_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/telemetry"
)

// noted is what a call's record says.
func noted(c *telemetry.Call) map[string]any {
	all := map[string]any{}
	for _, a := range c.Attrs() {
		all[a.Key] = a.Value.Any()
	}
	return all
}

func record(status, requests, retries, sent, received int64) map[string]any {
	return map[string]any{"upstream_status": status, "requests": requests, "retries": retries, "bytes_sent": sent, "bytes_received": received}
}

func TestRecord(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		ask    []func() *engine.Request
		want   map[string]any
	}{
		{"nothing", inSequence(200), nil, record(0, 0, 0, 0, 0)},
		{"a read", inSequence(200), []func() *engine.Request{read}, record(200, 1, 0, 0, 2)},
		{"a write", inSequence(201), []func() *engine.Request{write}, record(201, 1, 0, 18, 2)},
		{"a read that is repeated", inSequence(503, 502, 200), []func() *engine.Request{read}, record(200, 3, 2, 0, 6)},
		{"a throttled write", inSequence(429, 201), []func() *engine.Request{write}, record(201, 2, 1, 36, 4)},
		{"a write that is not repeated", inSequence(503), []func() *engine.Request{write}, record(503, 1, 0, 18, 2)},
		{"two reads", inSequence(200), []func() *engine.Request{read, read}, record(200, 2, 0, 0, 4)},
		{"a read after a write that failed", inSequence(503, 200), []func() *engine.Request{write, read}, record(200, 2, 0, 18, 4)},
		{"the same after a repetition", inSequence(503, 200), []func() *engine.Request{read, read}, record(200, 3, 1, 0, 6)},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/api/users/@me/" {
				http.Redirect(w, r, "/elsewhere/", http.StatusTemporaryRedirect)
			}
		}, []func() *engine.Request{read}, record(200, 2, 0, 0, int64(len("<a href=\"/elsewhere/\">Temporary Redirect</a>.\n\n")))},
		{"an answer that breaks off", breakingOff(), []func() *engine.Request{read}, record(200, 2, 1, 0, 3)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			watch := newTelemetry(t)
			up := newUpstream(t, c.answer)
			ctx, call := telemetry.Begin(t.Context())
			for _, r := range c.ask {
				_, _ = client(t, watch, up.URL, nil).Do(ctx, r())
			}
			if diff := cmp.Diff(c.want, noted(call)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if telemetry.From(ctx) != call {
				t.Error("the context has another record")
			}
		})
	}
}

// breakingOff promises ten bytes and sends one, and is in order the second time.
func breakingOff() http.HandlerFunc {
	whole := inSequence(200)
	first := make(chan bool, 1)
	first <- true
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-first:
			w.Header().Set("Content-Length", "10")
			_, _ = w.Write([]byte("{"))
		default:
			whole(w, r)
		}
	}
}

func TestNoRecord(t *testing.T) {
	watch := newTelemetry(t)
	up := newUpstream(t, inSequence(503, 200))
	if _, err := client(t, watch, up.URL, nil).Do(t.Context(), read()); err != nil {
		t.Error(err)
	}
	if attrs := telemetry.From(t.Context()).Attrs(); attrs != nil {
		t.Errorf("%v", attrs)
	}
}

// A request that no tool makes, such as one for a prompt, may fail and be repeated under
// the id of its message.
func TestNoCall(t *testing.T) {
	watch := newTelemetry(t)
	up := newUpstream(t, inSequence(503, 200))
	ctx := telemetry.WithRequestID(t.Context(), json.RawMessage("7"))
	if _, err := client(t, watch, up.URL, nil).Do(ctx, read()); err != nil {
		t.Error(err)
	}
}

// A request belongs to its sender, who may send it again as it was.
func TestRequestIsNotChanged(t *testing.T) {
	to := newCollector(t)
	exporting(t, to)
	watch := newTelemetry(t)
	up := newUpstream(t, inSequence(200))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, up.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	base := &http.Transport{}
	defer base.CloseIdleConnections()
	response, err := watch.RoundTripper(base).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	_ = response.Body.Close() // is no second end
	if got, found := ours(scrape(t, watch))["posthog_requests_in_flight{}"]; got != 0 || !found {
		t.Errorf("%v in flight", got)
	}
	flush(t, watch)
	if len(request.Header) != 0 || up.headers[0].Get("traceparent") == "" || len(to.all(t)) != 1 {
		t.Errorf("header %v, sent %v, spans %v", request.Header, up.headers[0], to.all(t))
	}
}

// A write whose connection failed before a byte was sent is sent again, and a
// write that cannot have been sent is not said to have been.
func TestReportsPass(t *testing.T) {
	up := newUpstream(t, inSequence(201))
	dials := 0
	wire := func() *http.Transport {
		return &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if dials++; dials == 1 {
				return nil, &net.OpError{Op: "dial", Net: network, Err: errors.New("refused")}
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}}
	}
	watch := newTelemetry(t)
	ctx, call := telemetry.Begin(t.Context())
	response, err := client(t, watch, up.URL, wire()).Do(ctx, write())
	if err != nil || response.Status != http.StatusCreated || dials != 2 || len(up.headers) != 1 {
		t.Errorf("%v, %v, %d dials, %d requests", response, err, dials, len(up.headers))
	}
	if diff := cmp.Diff(record(201, 2, 1, 36, 2), noted(call)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := ours(scrape(t, watch))[`posthog_request_duration_seconds_count{posthog_status_class="none"}`]; got != 1 {
		t.Errorf("%v requests without an answer", got)
	}

	early := &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return nil, errors.New("no proxy") }}
	_, err = client(t, watch, up.URL, early).Do(t.Context(), write())
	if f, ok := errors.AsType[*engine.Failure](err); !ok || f.Sent || f.Kind != engine.Unreachable {
		t.Errorf("a failure before there was a connection: %#v", err)
	}

	_, err = client(t, watch, up.URL, silent{}).Do(t.Context(), write())
	if f, ok := errors.AsType[*engine.Failure](err); !ok || !f.Sent {
		t.Errorf("a failure of a transport that reports nothing: %#v", err)
	}
}

// silent is a transport that does not say what it sent.
type silent struct{}

func (silent) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("broken") }

// What went wrong is told by its kind, since an error's words have addresses
// in them.
func TestErrorTypes(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for want, fail := range map[string]struct {
		ctx  context.Context
		base http.RoundTripper
	}{
		"connection_error": {t.Context(), silent{}},
		"cancelled":        {cancelled, nil},
		"timeout":          {t.Context(), late{}},
	} {
		t.Run(want, func(t *testing.T) {
			to := newCollector(t)
			exporting(t, to)
			watch := newTelemetry(t)
			base := fail.base
			if base == nil {
				base = &http.Transport{}
			}
			request, err := http.NewRequestWithContext(fail.ctx, http.MethodPost, "http://127.0.0.1:1/"+canary+"?q="+canary, strings.NewReader(canary))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := watch.RoundTripper(base).RoundTrip(request); err == nil {
				t.Fatal("no error")
			}
			flush(t, watch)
			got := to.named(t, "POST")
			if diff := cmp.Diff(map[string]any{"http.request.method": "POST", "error.type": want}, got.Attributes); diff != "" || !got.Failed {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

type late struct{}

func (late) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "read", Err: context.DeadlineExceeded}
}
