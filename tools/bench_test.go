package tools_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// What showing PostHog's answers takes, the network aside.
func BenchmarkCall(b *testing.B) {
	world := sandbox.New(sandbox.WithClock(func() time.Time { return noon }))
	for _, c := range []struct{ name, tool, arguments string }{
		{"20 subscriptions", "subscriptions-list", `{"limit":20}`},
		{"a subscription", "subscriptions-retrieve", `{"id":1101}`},
		{"some fields", "subscriptions-list", `{"limit":20,"fields":["title","created_by.email"]}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			api := &remembering{Upstream: posthog.New(posthog.Options{Base: world.RoundTripper(), Key: sandbox.KeyAll})}
			box := &engine.Toolbox{API: api, Host: "https://us.posthog.com", Now: func() time.Time { return noon }}
			tool, arguments := catalogue(b).Tool(c.tool), json.RawMessage(c.arguments)
			if result := box.Call(b.Context(), tool, arguments); result.IsError {
				b.Fatal(result.Text)
			}
			box.API = canned(*api.last)
			b.SetBytes(int64(len(api.last.Body)))
			b.ReportAllocs()
			for b.Loop() {
				box.Call(b.Context(), tool, arguments)
			}
		})
	}
}

// remembering is an upstream whose last answer is known.
type remembering struct {
	engine.Upstream
	last *engine.Response
}

func (r *remembering) Do(ctx context.Context, request *engine.Request) (*engine.Response, error) {
	response, err := r.Upstream.Do(ctx, request)
	if err == nil {
		kept := *response
		kept.Body = append([]byte(nil), response.Body...)
		r.last = &kept
	}
	return response, err
}
