package telemetry

import (
	"net/http"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
)

// scrapers is how many may read /metrics at once. Reading takes a millisecond
// or two of CPU, and anybody may.
const scrapers = 3

// scraped returns a reader that Prometheus reads through the registry. The
// resource is left out: OTEL_RESOURCE_ATTRIBUTES is for the collector, while
// /metrics asks for no credentials.
func scraped(registry *prometheus.Registry) (sdkmetric.Reader, error) {
	return exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
}

// Metrics answers Prometheus with all numbers, and with 404 when the server is
// not to be scraped. It asks for no credentials. The names are those that
// OpenTelemetry's exporter makes of the conventions':
//
//	mcp_server_operation_duration_seconds  by mcp_method_name, gen_ai_operation_name, gen_ai_tool_name, error_type
//	posthog_request_duration_seconds       by posthog_status_class: 2xx to 5xx, none
//	posthog_request_retries_total
//	mcp_server_calls_in_flight
//	posthog_requests_in_flight
//	posthog_mcp_build_info                 by version, goversion
//
// and go_… and process_… as Prometheus' own client has them. A call that
// succeeded has no error_type. Only tools and errors that occurred have series.
func (t *Telemetry) Metrics() http.Handler {
	if t.registry == nil {
		return http.NotFoundHandler()
	}
	process := prometheus.NewRegistry()
	process.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		buildInfo(t.version),
	)
	all := prometheus.Gatherers{t.registry, process}
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{MaxRequestsInFlight: scrapers})
}

func buildInfo(version string) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "posthog_mcp_build_info", Help: "Which build this is.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	}, func() float64 { return 1 })
}
