package telemetry_test

import (
	"maps"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/server"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"posthog-mcp/transport/telemetry"
)

// gather reads /metrics as Prometheus does.
func gather(t testing.TB, watch *telemetry.Telemetry) map[string]*dto.MetricFamily {
	t.Helper()
	answer := httptest.NewRecorder()
	watch.Metrics().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if got := answer.Header().Get("Content-Type"); !strings.HasPrefix(got, "text/plain; version=0.0.4") {
		t.Errorf("Content-Type %q", got)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// scrape is what is read: values by name and labels, a histogram's by its
// count.
func scrape(t testing.TB, watch *telemetry.Telemetry) map[string]float64 {
	t.Helper()
	values := map[string]float64{}
	for name, f := range gather(t, watch) {
		for _, m := range f.GetMetric() {
			switch f.GetType() {
			case dto.MetricType_HISTOGRAM:
				values[name+"_count"+labelsOf(m)] = float64(m.GetHistogram().GetSampleCount())
			case dto.MetricType_COUNTER:
				values[name+labelsOf(m)] = m.GetCounter().GetValue()
			default:
				values[name+labelsOf(m)] = m.GetGauge().GetValue()
			}
		}
	}
	return values
}

func labelsOf(m *dto.Metric) string {
	var all []string
	for _, l := range m.GetLabel() {
		all = append(all, l.GetName()+`="`+l.GetValue()+`"`)
	}
	slices.Sort(all)
	return "{" + strings.Join(all, ",") + "}"
}

// ours leaves out what is of Go and of the process.
func ours(values map[string]float64) map[string]float64 {
	own := maps.Clone(values)
	maps.DeleteFunc(own, func(name string, _ float64) bool {
		return strings.HasPrefix(name, "go_") || strings.HasPrefix(name, "process_") || strings.HasPrefix(name, "posthog_mcp_build_info")
	})
	return own
}

// durations is the series of calls that has these labels too.
func durations(labels ...string) string {
	labels = append(labels, `gen_ai_operation_name="execute_tool"`, `mcp_method_name="tools/call"`)
	slices.Sort(labels)
	return "mcp_server_operation_duration_seconds_count{" + strings.Join(labels, ",") + "}"
}

func TestMetrics(t *testing.T) {
	to := newCollector(t)
	exporting(t, to)
	t.Setenv("OTEL_TRACES_EXPORTER", "none")
	up := newUpstream(t, inSequence(200, 404, 503, 200))
	watch := newTelemetry(t, "users-list", "never-called")
	mcpServer := newServer(watch, map[string]server.ToolHandlerFunc{
		"users-list": does(client(t, watch, up.URL, nil), read), "made-up-1": succeeds, "made-up-2": fails,
	})
	for _, tool := range []string{"users-list", "users-list", "users-list", "made-up-1", "made-up-2", "unknown-" + canary} {
		ask(t.Context(), mcpServer, tool, "")
	}
	want := map[string]float64{
		durations(`gen_ai_tool_name="users-list"`):                            2,
		durations(`error_type="tool_error"`, `gen_ai_tool_name="users-list"`): 1,
		durations():                          1,
		durations(`error_type="tool_error"`): 1,
		`posthog_request_duration_seconds_count{posthog_status_class="2xx"}`: 2,
		`posthog_request_duration_seconds_count{posthog_status_class="4xx"}`: 1,
		`posthog_request_duration_seconds_count{posthog_status_class="5xx"}`: 1,
		`posthog_request_retries_total{}`:                                    1,
		`mcp_server_calls_in_flight{}`:                                       0,
		`posthog_requests_in_flight{}`:                                       0,
	}
	all := scrape(t, watch)
	if diff := cmp.Diff(want, ours(all)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, name := range []string{"go_goroutines{}", "process_start_time_seconds{}"} {
		if all[name] == 0 {
			t.Errorf("no %s", name)
		}
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(all)), func(name string) bool {
		return strings.HasPrefix(name, "posthog_mcp_build_info{") && strings.Contains(name, `version="v1"`)
	}) {
		t.Error("no build")
	}

	flush(t, watch)
	pushed := map[string]float64{}
	for _, m := range to.metrics {
		for _, p := range m.GetHistogram().GetDataPoints() {
			attributes := plain(p.Attributes)
			tool, _ := attributes["gen_ai.tool.name"].(string)
			failed, _ := attributes["error.type"].(string)
			class, _ := attributes["posthog.status_class"].(string)
			pushed[strings.Join([]string{m.Name, m.Unit, tool, failed, class}, " ")] = float64(p.GetCount())
		}
		for _, p := range m.GetSum().GetDataPoints() {
			pushed[m.Name+" "+m.Unit] = float64(p.GetAsInt())
		}
	}
	if diff := cmp.Diff(map[string]float64{
		"mcp.server.operation.duration s users-list  ":           2,
		"mcp.server.operation.duration s users-list tool_error ": 1,
		"mcp.server.operation.duration s   ":                     1,
		"mcp.server.operation.duration s  tool_error ":           1,
		"posthog.request.duration s   2xx":                       2,
		"posthog.request.duration s   4xx":                       1,
		"posthog.request.duration s   5xx":                       1,
		"posthog.request.retries {request}":                      1,
		"mcp.server.calls.in_flight {call}":                      0,
		"posthog.requests.in_flight {request}":                   0,
	}, pushed); diff != "" {
		t.Errorf("pushed (-want +got):\n%s", diff)
	}
	if len(to.all(t)) != 0 {
		t.Error("spans were exported")
	}
}

// The buckets are those of the conventions.
func TestBuckets(t *testing.T) {
	watch := newTelemetry(t, "users-list")
	ask(t.Context(), newServer(watch, map[string]server.ToolHandlerFunc{"users-list": succeeds}), "users-list", "")
	var got []float64
	for _, b := range gather(t, watch)["mcp_server_operation_duration_seconds"].GetMetric()[0].GetHistogram().GetBucket() {
		got = append(got, b.GetUpperBound())
	}
	want := []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, math.Inf(1)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is under way is seen while it is.
func TestInFlight(t *testing.T) {
	watch := newTelemetry(t, "users-list")
	var during map[string]float64
	up := newUpstream(t, func(http.ResponseWriter, *http.Request) { during = scrape(t, watch) })
	mcpServer := newServer(watch, map[string]server.ToolHandlerFunc{"users-list": does(client(t, watch, up.URL, nil), read)})
	ask(t.Context(), mcpServer, "users-list", "")
	if during["mcp_server_calls_in_flight{}"] != 1 || during["posthog_requests_in_flight{}"] != 1 {
		t.Errorf("%v", ours(during))
	}
}
