package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// numbers are all that is counted. Each is counted once, and read by
// Prometheus and by the exporter of metrics.
type numbers struct {
	tools    map[string]bool // the catalogue
	calls    metric.Float64Histogram
	requests metric.Float64Histogram
	retries  metric.Int64Counter
	// running are the calls, waiting the requests that are under way.
	running, waiting metric.Int64UpDownCounter
}

// bounds, in seconds, are what the semantic conventions for MCP recommend for
// durations of operations; they suit the requests behind them too.
var bounds = [...]float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300}

// statusClass is the hundred of a status, as Prometheus' users know it.
const statusClass = attribute.Key("posthog.status_class")

func newNumbers(meter metric.Meter, tools []string) (*numbers, error) {
	n := &numbers{tools: make(map[string]bool, len(tools))}
	for _, tool := range tools {
		n.tools[tool] = true
	}
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
	n.begin()
	return n, nil
}

// begin has the numbers without a dimension start at 0: a rate needs a first
// value.
func (n *numbers) begin() {
	ctx := context.Background()
	n.retries.Add(ctx, 0)
	n.running.Add(ctx, 0)
	n.waiting.Add(ctx, 0)
}

// call counts one call of a tool. A name that is not in the catalogue is left
// out.
func (n *numbers) call(ctx context.Context, tool string, o outcome, took time.Duration) {
	if !n.calls.Enabled(ctx) {
		return
	}
	of := append(make([]attribute.KeyValue, 0, 4), methodName.String(methodCall), operationName.String(operationTool))
	if n.tools[tool] {
		of = append(of, toolName.String(tool))
	}
	if failed := o.errorType(); failed != "" {
		of = append(of, errorType.String(failed))
	}
	n.calls.Record(ctx, took.Seconds(), metric.WithAttributeSet(attribute.NewSet(of...)))
}

// request counts one request to PostHog.
func (n *numbers) request(ctx context.Context, c class, took time.Duration) {
	if n.requests.Enabled(ctx) {
		n.requests.Record(ctx, took.Seconds(), metric.WithAttributeSet(attribute.NewSet(statusClass.String(c.String()))))
	}
}
