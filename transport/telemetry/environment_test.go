package telemetry

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

func TestWanted(t *testing.T) {
	const warning = "OTEL_TRACES_EXPORTER: the exporters here are otlp and none"
	for _, c := range []struct {
		name            string
		env             map[string]string
		traces, metrics bool
		warning         string
	}{
		{"nobody asked", nil, false, false, ""},
		{"an endpoint", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"}, true, true, ""},
		{"an endpoint of one", map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c"}, true, false, ""},
		{"an exporter", map[string]string{"OTEL_METRICS_EXPORTER": "otlp"}, false, true, ""},
		{"among others", map[string]string{"OTEL_TRACES_EXPORTER": "otlp, none"}, true, false, ""},
		{"none", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_TRACES_EXPORTER": "none"}, false, true, ""},
		{"an empty variable", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": " ", "OTEL_TRACES_EXPORTER": ""}, false, false, ""},
		{"all of it disabled", map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "True"}, false, false, ""},
		{"not disabled", map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "1"}, true, false, ""},
		{"a pull", map[string]string{"OTEL_METRICS_EXPORTER": "prometheus"}, false, false, ""},
		{"another exporter", map[string]string{"OTEL_TRACES_EXPORTER": "console"}, false, false, warning},
		{"one more", map[string]string{"OTEL_TRACES_EXPORTER": "otlp,zipkin"}, true, false, warning},
		{"another protocol", map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false, false,
			"OTEL_EXPORTER_OTLP_PROTOCOL: only http/protobuf is spoken here, nothing is exported"},
		{"another one of its own", map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"}, true, false, ""},
		{"another protocol, for nothing", map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, false, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			var log bytes.Buffer
			logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
			spans, err := traces.exported(logger)
			pushed, metricsErr := metrics.exported(slog.New(slog.DiscardHandler))
			if spans != c.traces || pushed != c.metrics || err != nil || metricsErr != nil {
				t.Errorf("traces %v (%v), metrics %v (%v)", spans, err, pushed, metricsErr)
			}
			if c.warning != "" && !strings.Contains(log.String(), c.warning) || c.warning == "" && log.Len() > 0 {
				t.Errorf("warning %q", log.String())
			}
		})
	}
}

func TestRightEndpoints(t *testing.T) {
	for variable, values := range map[string][]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":         {"http://localhost:4318", "https://c.example/otlp/", " http://[::1]:1 "},
		"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": {"https://c.example/v1/metrics"},
	} {
		for _, value := range values {
			t.Run(variable+"="+value, func(t *testing.T) {
				t.Setenv(variable, value)
				if wanted, err := metrics.exported(slog.New(slog.DiscardHandler)); !wanted || err != nil {
					t.Errorf("%v, %v", wanted, err)
				}
			})
		}
	}
}
