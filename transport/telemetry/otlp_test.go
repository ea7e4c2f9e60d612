package telemetry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Whatever the collector does, an exporter has no error, for the SDK to print;
// there is a line in the log when the loss begins and when it ends, and no
// secret is in it.
func TestReports(t *testing.T) {
	const lost, again = "telemetry is lost", "telemetry arrives again"
	for _, c := range []struct {
		name     string
		statuses []int // of the first two messages; a third one arrives
		want     []string
	}{
		{"all arrives", nil, nil},
		{"any success", []int{202, 204}, nil},
		{"lost once", []int{401}, []string{lost, `cause="it answered 401 Unauthorized"`, again}},
		{"lost twice is told once", []int{404, 404}, []string{lost, `cause="it answered 404 Not Found"`, again}},
		{"lost between", []int{200, 400}, []string{lost, `cause="it answered 400 Bad Request"`, again}},
	} {
		for _, of := range []signal{traces, metrics} {
			t.Run(c.name+"/"+string(of), func(t *testing.T) {
				to := newCollector(t, httptest.NewServer, c.statuses...)
				t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=CANARY")
				send, log := senders(t)
				for range 3 {
					if err := send[of](t.Context()); err != nil {
						t.Error(err)
					}
				}
				if len(to.headers) != 3 || to.headers[0].Get("Api-Key") != "CANARY" {
					t.Errorf("%d messages", len(to.headers))
				}
				checkLog(t, log.String(), to.URL, c.want)
			})
		}
	}
}

// checkLog wants the words in their order, and no line without them.
func checkLog(t *testing.T, log, address string, want []string) {
	t.Helper()
	rest := log
	for _, words := range want {
		_, after, found := strings.Cut(rest, words)
		if !found {
			t.Errorf("%q is not in its place in %s", words, log)
		}
		rest = after
	}
	if len(want) == 0 && log != "" || strings.Count(log, "\n") > 2 {
		t.Errorf("the log has %s", log)
	}
	for _, secret := range []string{"CANARY", strings.TrimPrefix(address, "http://"), "127.0.0.1"} {
		if strings.Contains(log, secret) {
			t.Errorf("%s is in %s", secret, log)
		}
	}
}

func TestCauses(t *testing.T) {
	for name, c := range map[string]struct {
		start   func(http.Handler) *httptest.Server
		arrange func(*testing.T, *collector)
		within  time.Duration
		want    string
	}{
		"gone":        {httptest.NewServer, func(_ *testing.T, to *collector) { to.Close() }, 0, "connection refused"},
		"not trusted": {httptest.NewTLSServer, func(*testing.T, *collector) {}, 0, "its certificate is not trusted"},
		"busy for long": {httptest.NewServer, func(_ *testing.T, to *collector) {
			to.statuses = []int{503, 503, 503, 503}
		}, 20 * time.Millisecond, "no answer in time"},
		"cut off": {httptest.NewServer, func(_ *testing.T, to *collector) {
			to.Config.Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		}, 0, "it refused, or the answer is faulty"},
	} {
		for _, of := range []signal{traces, metrics} {
			t.Run(name+"/"+string(of), func(t *testing.T) {
				to := newCollector(t, c.start)
				c.arrange(t, to)
				send, log := senders(t)
				ctx := t.Context()
				if c.within > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.within)
					defer cancel()
				}
				if err := send[of](ctx); err != nil {
					t.Error(err)
				}
				checkLog(t, log.String(), to.URL, []string{"telemetry is lost", c.want})
			})
		}
	}
}

func TestCauseOfUnknownName(t *testing.T) {
	err := &url.Error{Op: "Post", URL: "http://CANARY", Err: &net.OpError{Op: "dial", Err: &net.DNSError{Name: "CANARY", Err: "no such host"}}}
	if got := cause(fmt.Errorf("traces export: %w", err)); got != "its name is not found" {
		t.Error(got)
	}
}

// What is sent again at the end is not lost yet.
func TestCancelled(t *testing.T) {
	newCollector(t, httptest.NewServer)
	send, log := senders(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for signal, send := range send {
		if err := send(ctx); err != nil || log.Len() > 0 {
			t.Errorf("%s: %v, %s", signal, err, log)
		}
	}
}

// The collector's certificate is checked against the given authority, and it
// is shown ours.
func TestCertificates(t *testing.T) {
	to := newCollector(t, func(h http.Handler) *httptest.Server {
		demanding := httptest.NewUnstartedServer(h)
		demanding.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
		demanding.StartTLS()
		return demanding
	})
	certificate := pemFile(t, "CERTIFICATE", to.Certificate().Raw)
	der, err := x509.MarshalPKCS8PrivateKey(to.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", certificate)
	t.Setenv("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate)
	t.Setenv("OTEL_EXPORTER_OTLP_CLIENT_KEY", pemFile(t, "PRIVATE KEY", der))
	send, log := senders(t)
	for signal, send := range send {
		if err := send(t.Context()); err != nil || log.Len() > 0 {
			t.Errorf("%s: %v, %s", signal, err, log)
		}
	}
	if len(to.headers) != 2 {
		t.Errorf("%d messages", len(to.headers))
	}

	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://canary.example")
	for _, exporter := range []string{"OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER"} {
		t.Setenv("OTEL_TRACES_EXPORTER", "none")
		t.Setenv("OTEL_METRICS_EXPORTER", "none")
		t.Setenv(exporter, "otlp")
		if _, err := New(t.Context(), Config{}); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: a certificate without TLS: %v", exporter, err)
		}
	}
}
