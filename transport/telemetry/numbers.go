package telemetry

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// numbers are the metrics. Prometheus and the OTLP exporter read the same ones.
type numbers struct {
	calls    metric.Float64Histogram
	requests metric.Float64Histogram
	retries  metric.Int64Counter
	// running are the calls, waiting the requests that are under way.
	running, waiting metric.Int64UpDownCounter
	// tools are the names in the catalogue. A client can send any number of other names.
	tools []string
}

// bounds, in seconds, are those that the semantic conventions for MCP recommend for the
// durations of operations.
var bounds = [...]float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300}

const statusClass = attribute.Key("posthog.status_class")

func newNumbers(meter metric.Meter, tools []string) (*numbers, error) {
	n := &numbers{tools: tools}
	var problems [5]error
	n.calls, problems[0] = meter.Float64Histogram("mcp.server.operation.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of the calls of tools."), metric.WithExplicitBucketBoundaries(bounds[:]...))
	n.requests, problems[1] = meter.Float64Histogram("posthog.request.duration", metric.WithUnit("s"),
		metric.WithDescription("Duration of the requests to PostHog; none is for no answer."), metric.WithExplicitBucketBoundaries(bounds[:]...))
	n.retries, problems[2] = meter.Int64Counter("posthog.request.retries", metric.WithUnit("{request}"),
		metric.WithDescription("Requests to PostHog that repeat one that failed."))
	n.running, problems[3] = meter.Int64UpDownCounter("mcp.server.calls.in_flight", metric.WithUnit("{call}"),
		metric.WithDescription("Calls of tools that are under way."))
	n.waiting, problems[4] = meter.Int64UpDownCounter("posthog.requests.in_flight", metric.WithUnit("{request}"),
		metric.WithDescription("Requests to PostHog that are under way."))
	if err := errors.Join(problems[:]...); err != nil {
		return nil, err
	}
	// The metrics without a dimension start at 0: a rate needs a first value.
	ctx := context.Background()
	n.retries.Add(ctx, 0)
	n.running.Add(ctx, 0)
	n.waiting.Add(ctx, 0)
	return n, nil
}

func (n *numbers) has(tool string) bool { return slices.Contains(n.tools, tool) }

// call counts one call of a tool; kind is its error.type, empty for a success.
func (n *numbers) call(ctx context.Context, tool, kind string, took time.Duration) {
	if !n.calls.Enabled(ctx) {
		return
	}
	all := append(make([]attribute.KeyValue, 0, 4), methodName.String(methodCall), operationName.String(operationTool))
	if n.has(tool) {
		all = append(all, toolName.String(tool))
	}
	if kind != "" {
		all = append(all, errorType.String(kind))
	}
	n.calls.Record(ctx, took.Seconds(), metric.WithAttributes(all...))
}

// request counts one request to PostHog, by the class of its status.
func (n *numbers) request(ctx context.Context, status int, took time.Duration) {
	if !n.requests.Enabled(ctx) {
		return // without a reader, the attributes took a fifteenth of a call
	}
	class := "none"
	if hundred := status / 100; hundred >= 1 && hundred <= 5 {
		class = strconv.Itoa(hundred) + "xx"
	}
	n.requests.Record(ctx, took.Seconds(), metric.WithAttributes(statusClass.String(class)))
}
