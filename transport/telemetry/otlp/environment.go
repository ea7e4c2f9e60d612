// Package otlp makes the exporters that send spans and metrics to an
// OpenTelemetry collector, OTLP over HTTP, as the standard environment
// variables set them up
// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
//
// OpenTelemetry's libraries read those variables by themselves. But they ignore most
// mistakes in them, and print the others to standard error with the value, which may
// be the collector's key. So this package checks the variables first.
package otlp

import (
	"slices"
	"strings"
)

// Signal is what is exported.
type Signal string

// The signals, by their names in variables.
const (
	Traces  Signal = "TRACES"
	Metrics Signal = "METRICS"
)

// String is the signal's name in a log.
func (s Signal) String() string { return strings.ToLower(string(s)) }

// protocol is the one that is spoken.
const protocol = "http/protobuf"

// Environment looks a variable up; it is empty when it is not set.
type Environment func(name string) string

// get ignores white space around a value, as OpenTelemetry's libraries do.
func (e Environment) get(name string) string { return strings.TrimSpace(e(name)) }

// setting is a setting of the exporter's, the signal's own before the one of
// all signals.
func (e Environment) setting(s Signal, name string) (value, variable string) {
	for _, variable := range s.variables(name) {
		if value := e.get(variable); value != "" {
			return value, variable
		}
	}
	return "", ""
}

// variables have a setting of the exporter's: OTEL_EXPORTER_OTLP_TRACES_TIMEOUT
// and OTEL_EXPORTER_OTLP_TIMEOUT.
func (s Signal) variables(name string) [2]string {
	return [...]string{"OTEL_EXPORTER_OTLP_" + string(s) + "_" + name, "OTEL_EXPORTER_OTLP_" + name}
}

// exporter is the variable that names the signal's exporters:
// OTEL_TRACES_EXPORTER.
func (s Signal) exporter() string { return "OTEL_" + string(s) + "_EXPORTER" }

// Wanted reports whether the environment asks for the signal: it names the exporter
// otlp, or no exporter but an endpoint. In the specification otlp is the default, but
// a program that runs in an editor must not look for a collector by itself. The
// warning, if not empty, names something that this program does not have. By the
// specification that is no error.
func (e Environment) Wanted(s Signal) (wanted bool, warning string) {
	if strings.EqualFold(e.get("OTEL_SDK_DISABLED"), "true") {
		return false, ""
	}
	named := strings.FieldsFunc(e(s.exporter()), func(r rune) bool { return r == ',' || r == ' ' })
	endpoint, _ := e.setting(s, "ENDPOINT")
	wanted = slices.Contains(named, "otlp") || len(named) == 0 && endpoint != ""
	if slices.ContainsFunc(named, func(name string) bool { return !slices.Contains(known, name) }) {
		warning = s.exporter() + ": the exporters here are otlp and none"
	}
	if spoken, variable := e.setting(s, "PROTOCOL"); wanted && spoken != "" && spoken != protocol {
		return false, variable + ": only " + protocol + " is spoken here, nothing is exported"
	}
	return wanted, warning
}

// known are the exporters that need no warning. Prometheus reads /metrics,
// whatever this variable says.
var known = []string{"otlp", "none", "prometheus"}
