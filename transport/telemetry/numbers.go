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
	calls    metric.Float64Histogram
	requests metric.Float64Histogram
	retries  metric.Int64Counter
	// running are the calls, waiting the requests that are under way.
	running, waiting metric.Int64UpDownCounter

	// of are the attributes of the calls of each tool of the catalogue, by how
	// they ended; those of other tools have no name. by are those of requests.
	// Made once, they cost a call nothing.
	of map[string][outcomes][]metric.RecordOption
	by [classes][]metric.RecordOption
}

// bounds, in seconds, are what the semantic conventions for MCP recommend for
// durations of operations; they suit the requests behind them too.
var bounds = [...]float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300}

// statusClass is the hundred of a status, as Prometheus' users know it.
const statusClass = attribute.Key("posthog.status_class")

func newNumbers(meter metric.Meter, tools []string) (*numbers, error) {
	n := &numbers{}
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
	n.of = make(map[string][outcomes][]metric.RecordOption, len(tools)+1)
	for _, tool := range append([]string{""}, tools...) {
		n.of[tool] = attributesOf(tool)
	}
	for c := range n.by {
		n.by[c] = with(statusClass.String(class(c).String()))
	}
	n.begin()
	return n, nil
}

// attributesOf are those of a tool's calls, by how they ended; an empty name is
// left out.
func attributesOf(tool string) (of [outcomes][]metric.RecordOption) {
	all := []attribute.KeyValue{methodName.String(methodCall), operationName.String(operationTool)}
	if tool != "" {
		all = append(all, toolName.String(tool))
	}
	for o := range of {
		if failed := outcome(o).errorType(); failed != "" {
			of[o] = with(append(all[:len(all):len(all)], errorType.String(failed))...)
		} else {
			of[o] = with(all...)
		}
	}
	return of
}

func with(all ...attribute.KeyValue) []metric.RecordOption {
	return []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(all...))}
}

// begin has the numbers without a dimension start at 0: a rate needs a first
// value.
func (n *numbers) begin() {
	ctx := context.Background()
	n.retries.Add(ctx, 0)
	n.running.Add(ctx, 0)
	n.waiting.Add(ctx, 0)
}

// has tells whether the tool is in the catalogue: names of others are the
// client's own, and there may be any number.
func (n *numbers) has(tool string) bool {
	_, known := n.of[tool]
	return known && tool != ""
}

// call counts one call of a tool. A name that is not in the catalogue is left
// out.
func (n *numbers) call(ctx context.Context, tool string, o outcome, took time.Duration) {
	if !n.has(tool) {
		tool = ""
	}
	n.calls.Record(ctx, took.Seconds(), n.of[tool][o]...)
}

// request counts one request to PostHog.
func (n *numbers) request(ctx context.Context, c class, took time.Duration) {
	n.requests.Record(ctx, took.Seconds(), n.by[c]...)
}
