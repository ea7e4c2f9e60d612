package otlp

import (
	"strings"
	"testing"
)

func TestRight(t *testing.T) {
	for variable, values := range map[string][]string{
		"OTEL_EXPORTER_OTLP_ENDPOINT":         {"http://localhost:4318", "https://c.example/otlp/", " http://[::1]:1 "},
		"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": {"https://c.example/v1/metrics"},
		"OTEL_EXPORTER_OTLP_HEADERS":          {"a=1", "api-key=a%20b, x-team = c ", "c=x%3Dy%2Cz==", "empty="},
		"OTEL_EXPORTER_OTLP_TIMEOUT":          {"1", "10000"},
		"OTEL_TRACES_SAMPLER":                 {"always_off", "ParentBased_Always_On"},
		"OTEL_TRACES_SAMPLER_ARG":             {"of no use"},
		"OTEL_METRIC_EXPORT_INTERVAL":         {"250"},
		"OTEL_METRIC_EXPORT_TIMEOUT":          {"250"},
		"OTEL_RESOURCE_ATTRIBUTES":            {"service.version=v7,team=a%20b", ""},
	} {
		for _, value := range values {
			e := environment(map[string]string{variable: value})
			if traces, metrics, resource := e.Check(Traces), e.Check(Metrics), e.CheckResource(); traces != nil || metrics != nil || resource != nil {
				t.Errorf("%s=%q: %v, %v, %v", variable, value, traces, metrics, resource)
			}
		}
	}
	for _, ratio := range []string{"", "0", "0.25", "1"} {
		e := environment(map[string]string{"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": ratio})
		if err := e.Check(Traces); err != nil {
			t.Errorf("ratio %q: %v", ratio, err)
		}
	}
}

// An error names the variable. The value may be a secret in the wrong place.
func TestWrong(t *testing.T) {
	notPEM := pemFile(t, "CANARY", []byte("CANARY"))
	for setting, values := range map[string][]string{
		"ENDPOINT": {
			"CANARY", "canary:4318", "grpc://CANARY:4317", "http://", "http://CANARY\x00",
			"https://user:CANARY@c.example", "https://c.example/?key=CANARY", "https://c.example/#CANARY",
		},
		"HEADERS":            {"CANARY", "a b=CANARY", "a=%zzCANARY", "a=%0aCANARY", "=CANARY", "a=CANARY,"},
		"TIMEOUT":            {"CANARY", "-1", "0", "10s", "99999999999"},
		"CERTIFICATE":        {"/nonexistent/CANARY", notPEM},
		"CLIENT_CERTIFICATE": {"/nonexistent/CANARY", notPEM},
	} {
		for _, s := range []Signal{Traces, Metrics} {
			for _, variable := range s.variables(setting) {
				for _, value := range values {
					checkProblem(t, variable, value, environment(map[string]string{variable: value}).Check(s))
				}
			}
		}
	}
	for variable, values := range map[string][]string{
		"OTEL_TRACES_SAMPLER":         {"CANARY", "jaeger_remote"},
		"OTEL_TRACES_SAMPLER_ARG":     {"CANARY", "-0.1", "1.1", "NaN"},
		"OTEL_METRIC_EXPORT_INTERVAL": {"CANARY", "0"},
		"OTEL_METRIC_EXPORT_TIMEOUT":  {"CANARY", "0"},
		"OTEL_RESOURCE_ATTRIBUTES":    {"CANARY", "=CANARY", "a=%zzCANARY", "a=CANARY,"},
	} {
		for _, value := range values {
			e := environment(map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio", variable: value})
			problem := e.CheckResource()
			for _, s := range []Signal{Traces, Metrics} {
				if err := e.Check(s); err != nil {
					problem = err
				}
			}
			checkProblem(t, variable, value, problem)
		}
	}
}

func checkProblem(t *testing.T, variable, value string, err error) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), variable) || strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s=%q: %v", variable, value, err)
	}
}
