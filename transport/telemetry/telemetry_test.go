package telemetry_test

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"go.uber.org/goleak"

	"posthog-mcp/transport/telemetry"
)

// Nothing is exported unless it is asked for, and nothing runs for it.
func TestNothingByDefault(t *testing.T) {
	to := newCollector(t)
	for _, environment := range []map[string]string{
		{},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": to.URL, "OTEL_SDK_DISABLED": "true"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": to.URL, "OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": to.URL, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		{"OTEL_SERVICE_NAME": "s", "OTEL_TRACES_SAMPLER": "always_on"},
		{"OTEL_RESOURCE_ATTRIBUTES": "wrong, but of no use"},
	} {
		t.Run("", func(t *testing.T) {
			for name, value := range environment {
				t.Setenv(name, value)
			}
			before := goleak.IgnoreCurrent()
			watch, err := telemetry.New(t.Context(), telemetry.Config{Tools: []string{"users-list"}})
			if err != nil {
				t.Fatal(err)
			}
			if err := goleak.Find(before); err != nil {
				t.Errorf("%v: %v", environment, err)
			}
			ask(t.Context(), newServer(watch, map[string]server.ToolHandlerFunc{"users-list": succeeds}), "users-list", "")
			flush(t, watch)
			if got := to.raw.Len(); got != 0 {
				t.Errorf("%v: %d bytes were exported", environment, got)
			}
			answer := httptest.NewRecorder()
			watch.Metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			if answer.Code != http.StatusNotFound {
				t.Errorf("/metrics answers %d", answer.Code)
			}
		})
	}
}

// The standard variables say who this is and what is sampled.
func TestStandardVariables(t *testing.T) {
	for _, c := range []struct {
		name     string
		env      map[string]string
		meta     string
		spans    int
		resource map[string]any
	}{
		{"usual", nil, "", 1, map[string]any{"service.name": "posthog-mcp", "service.version": "v1"}},
		{"a name", map[string]string{"OTEL_SERVICE_NAME": "mine", "OTEL_RESOURCE_ATTRIBUTES": "service.version=v7,team=a%20b"}, "", 1,
			map[string]any{"service.name": "mine", "service.version": "v7", "team": "a b"}},
		{"a sampler", map[string]string{"OTEL_TRACES_SAMPLER": "always_off"}, "", 0, map[string]any{"service.name": "posthog-mcp", "service.version": "v1"}},
		{"a caller who samples", map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_always_off"}, `{"traceparent":"` + caller + `"}`, 1,
			map[string]any{"service.name": "posthog-mcp", "service.version": "v1"}},
		{"a caller who does not", nil, `{"traceparent":"` + strings.TrimSuffix(caller, "1") + `0"}`, 0, map[string]any{"service.name": "posthog-mcp", "service.version": "v1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := newCollector(t)
			exporting(t, to)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			watch := newTelemetry(t, "users-list")
			ask(t.Context(), newServer(watch, map[string]server.ToolHandlerFunc{"users-list": succeeds}), "users-list", c.meta)
			flush(t, watch)
			resource := plain(to.of.GetAttributes())
			if id, _ := resource["service.instance.id"].(string); len(id) != 36 {
				t.Errorf("instance %q", id)
			}
			maps.DeleteFunc(resource, func(name string, _ any) bool {
				return name == "service.instance.id" || strings.HasPrefix(name, "telemetry.sdk.")
			})
			if diff := cmp.Diff(c.resource, resource); diff != "" || len(to.all(t)) != c.spans {
				t.Errorf("%d spans (-want +got):\n%s", len(to.all(t)), diff)
			}
		})
	}
}

func TestRightVariables(t *testing.T) {
	for variable, values := range map[string][]string{
		"OTEL_EXPORTER_OTLP_HEADERS":  {"a=1", "api-key=a%20b, x-team = c ", "c=x%3Dy%2Cz==", "empty="},
		"OTEL_EXPORTER_OTLP_TIMEOUT":  {"1", "10000"},
		"OTEL_TRACES_SAMPLER":         {"always_off", "ParentBased_Always_On", "traceidratio"},
		"OTEL_TRACES_SAMPLER_ARG":     {"of no use"},
		"OTEL_METRIC_EXPORT_INTERVAL": {"250"},
		"OTEL_METRIC_EXPORT_TIMEOUT":  {"250"},
		"OTEL_RESOURCE_ATTRIBUTES":    {"service.version=v7,team=a%20b", ""},
	} {
		for _, value := range values {
			t.Run(variable+"="+value, func(t *testing.T) {
				exporting(t, newCollector(t))
				t.Setenv(variable, value)
				var log bytes.Buffer
				watch, err := telemetry.New(t.Context(), telemetry.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
				if err != nil || strings.Contains(log.String(), "OpenTelemetry reports") {
					t.Fatalf("%v, log %s", err, log.String())
				}
				_ = watch.Shutdown(t.Context())
			})
		}
	}
}

// An error, or a line in the log, names the variable or what OpenTelemetry's libraries say
// of it. The value may be a secret in the wrong place.
func TestWrongVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "CANARY.pem")
	if err := os.WriteFile(file, []byte("-----BEGIN CANARY-----\nQ0FOQVJZ\n-----END CANARY-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const refused = "OpenTelemetry reports: "
	type wrong struct {
		want   string
		values []string
	}
	address := []string{
		"CANARY", "canary:4318", "grpc://CANARY:4317", "http://", "http://CANARY\x01",
		"https://user:CANARY@c.example", "https://c.example/?key=CANARY", "https://c.example/#CANARY",
	}
	all := map[string]wrong{
		"OTEL_TRACES_SAMPLER":         {refused, []string{"CANARY", "jaeger_remote"}},
		"OTEL_TRACES_SAMPLER_ARG":     {refused, []string{"CANARY", "-0.1", "1.1"}},
		"OTEL_METRIC_EXPORT_INTERVAL": {refused, []string{"CANARY", "0"}},
		"OTEL_METRIC_EXPORT_TIMEOUT":  {refused, []string{"CANARY", "0"}},
		"OTEL_RESOURCE_ATTRIBUTES":    {"OTEL_RESOURCE_ATTRIBUTES: expected name=value pairs", []string{"CANARY", "a=CANARY,"}},
	}
	for _, of := range []string{"OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_METRICS_"} {
		all[of+"ENDPOINT"] = wrong{of + "ENDPOINT: expected a URL", address}
		all[of+"HEADERS"] = wrong{refused, []string{"CANARY", "a b=CANARY", "a=%zzCANARY", "=CANARY", "a=CANARY,"}}
		all[of+"TIMEOUT"] = wrong{refused + "parse duration", []string{"CANARY", "10s"}}
		all[of+"CERTIFICATE"] = wrong{of + "CERTIFICATE: expected a readable PEM file", []string{"/nonexistent/CANARY", t.TempDir()}}
		all[of+"CLIENT_KEY"] = wrong{of + "CLIENT_KEY: expected a readable PEM file", []string{"/nonexistent/CANARY", t.TempDir()}}
		all[of+"CLIENT_CERTIFICATE"] = wrong{of + "CLIENT_CERTIFICATE: expected a readable PEM file", []string{"/nonexistent/CANARY"}}
	}
	for variable, c := range all {
		for _, value := range c.values {
			wrongVariable(t, variable, value, c.want)
		}
	}
	for _, variable := range []string{"OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"} {
		wrongVariable(t, variable, file, refused)
	}
}

// wrongVariable wants an error or, if it does not name the variable, a line in the log.
func wrongVariable(t *testing.T, variable, value, want string) {
	t.Run(variable+"="+value, func(t *testing.T) {
		exporting(t, newCollector(t))
		t.Setenv("OTEL_TRACES_SAMPLER", "traceidratio")
		t.Setenv(strings.Replace(variable, "CLIENT_CERTIFICATE", "CLIENT_KEY", 1), value)
		t.Setenv(variable, value)
		var log bytes.Buffer
		watch, err := telemetry.New(t.Context(), telemetry.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		said := log.String()
		if strings.HasPrefix(want, "OTEL_") && err != nil {
			said = err.Error()
		} else if err != nil {
			t.Fatal(err)
		} else {
			_ = watch.Shutdown(t.Context())
		}
		if !strings.Contains(said, want) || strings.Contains(said+log.String(), canary) {
			t.Errorf("%v, log %s", err, log.String())
		}
	})
}

func TestWarning(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "CANARY")
	var log bytes.Buffer
	watch, err := telemetry.New(t.Context(), telemetry.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	flush(t, watch)
	if !strings.Contains(log.String(), "OTEL_TRACES_EXPORTER: the exporters here are otlp and none") || strings.Contains(log.String(), canary) {
		t.Error(log.String())
	}
}

// Arguments, results, keys, queries, bodies, errors and addresses are in
// nothing that leaves: neither in spans nor in metrics nor in the log.
func TestNoSecrets(t *testing.T) {
	to := newCollector(t)
	exporting(t, to)
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	watch, err := telemetry.New(t.Context(), telemetry.Config{Version: "v1", Tools: []string{"users-list"}, Scraped: true, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]http.HandlerFunc{
		"answers": inSequence(200), "refuses": inSequence(400),
		"breaks off": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"echoes": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://"+strings.ToLower(canary)+".example/?"+r.URL.RawQuery)
			w.Header().Set("X-Key", r.Header.Get("Authorization"))
			w.WriteHeader(http.StatusFound)
		},
	}
	for _, way := range slices.Sorted(maps.Keys(answers)) {
		up := newUpstream(t, answers[way])
		for _, host := range []string{up.URL, "http://canary.localhost:1"} {
			asks := does(client(t, watch, host, nil), write)
			mcpServer := newServer(watch, map[string]server.ToolHandlerFunc{
				"users-list": func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
					// The host that is not reached is given up at once.
					ctx, cancel := context.WithCancel(ctx)
					if host != up.URL {
						cancel()
					}
					defer cancel()
					result, err := asks(ctx, r)
					logger.LogAttrs(ctx, slog.LevelInfo, "call", telemetry.From(ctx).Attrs()...)
					return result, err
				},
				"tool-" + canary: fails,
			})
			for _, meta := range []string{`{"traceparent":"` + caller + `","tracestate":"CANARY=CANARY","baggage":"k=CANARY","progressToken":"CANARY"}`, `{"traceparent":"CANARY"}`} {
				ask(mcpServer.WithContext(t.Context(), session{}), mcpServer, "users-list", meta)
				ask(t.Context(), mcpServer, "tool-"+canary, meta)
			}
		}
	}
	page := strings.Builder{}
	for name := range scrape(t, watch) {
		page.WriteString(name)
	}
	flush(t, watch)
	if len(to.all(t)) < 16 || len(to.metrics) == 0 || strings.Count(log.String(), "upstream_status") != 16 {
		t.Fatalf("%d spans, %d metrics, the log %s", len(to.all(t)), len(to.metrics), log.String())
	}
	for where, text := range map[string]string{"what is exported": to.raw.String(), "the log": log.String(), "/metrics": page.String()} {
		for _, secret := range []string{canary, "127.0.0.1", "localhost", "subscriptions", testKey.Reveal()} {
			if at := strings.Index(strings.ToUpper(text), strings.ToUpper(secret)); at >= 0 {
				t.Errorf("%s is in %s: …%q…", secret, where, text[max(0, at-100):min(len(text), at+100)])
			}
		}
	}
}
