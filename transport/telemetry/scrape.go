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

// scrapers bounds the concurrent reads of /metrics. Everyone may read it, and a read
// takes a millisecond or two of CPU.
const scrapers = 3

// scraped returns the reader for the registry. It leaves out the resource, since
// OTEL_RESOURCE_ATTRIBUTES is for the collector, and everyone can read /metrics.
func scraped(registry *prometheus.Registry) (sdkmetric.Reader, error) {
	return exporter.New(exporter.WithRegisterer(registry), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo())
}

// Metrics serves all metrics to Prometheus, without authentication, or 404 if they are
// not [Config.Scraped]. The names are the conventions', as OpenTelemetry's exporter
// writes them:
//
//	mcp_server_operation_duration_seconds  by mcp_method_name, gen_ai_operation_name, gen_ai_tool_name, error_type
//	posthog_request_duration_seconds       by posthog_status_class: 2xx to 5xx, none
//	posthog_request_retries_total
//	mcp_server_calls_in_flight
//	posthog_requests_in_flight
//	posthog_mcp_build_info                 by version, goversion
//
// and go_… and process_… of Prometheus' client. A successful call has no error_type.
// Only tools and errors that occurred have series.
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
