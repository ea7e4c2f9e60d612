package limit

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// A person's consent makes one call, on whichever replica, by a confirmation or by
// an answer to a question. While Redis is away it makes none, and the agent reads
// that nothing was done.
func TestConsentsAmongReplicas(t *testing.T) {
	const tool, arguments = "subscriptions-test-delivery-create", `{"id":1134,"confirmation":""}`
	catalogue, err := tools.NewConfirmedCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	for name, consent := range map[string]func(*engine.Toolbox) (context.Context, string){
		"a confirmation": func(box *engine.Toolbox) (context.Context, string) {
			result := box.Call(t.Context(), catalogue.Tool(tool), json.RawMessage(`{"id":1134}`))
			var shown struct{ Preview struct{ Confirmation string } }
			if err := json.Unmarshal(result.Object, &shown); err != nil {
				t.Fatal(err)
			}
			return t.Context(), strings.Replace(arguments, `""`, `"`+shown.Preview.Confirmation+`"`, 1)
		},
		"an answer": func(box *engine.Toolbox) (context.Context, string) {
			asking := engine.WithCaller(t.Context(), engine.Caller{CanAsk: true})
			result := box.Call(asking, catalogue.Tool(tool), json.RawMessage(`{"id":1134}`))
			answer := &engine.Answer{State: result.Question.State, Reply: engine.Accept}
			return engine.WithCaller(t.Context(), engine.Caller{CanAsk: true, Answer: answer}), `{"id":1134}`
		},
	} {
		t.Run(name, func(t *testing.T) {
			server, world := miniredis.RunT(t), sandbox.New()
			var replicas [2]*engine.Toolbox
			for i := range replicas {
				client := posthog.New(posthog.Options{Base: world.RoundTripper(), Key: sandbox.KeyAll})
				replicas[i] = &engine.Toolbox{API: client, Confirm: engine.ConfirmSends, Seal: sealing(t, server, nil)}
			}
			agreed, given := consent(replicas[0])
			later, unused := consent(replicas[0])
			for i, c := range []struct {
				box  *engine.Toolbox
				ctx  context.Context
				args string
				away bool
				want string // a part of the detail; empty for a success
				sent int
			}{
				{replicas[1], agreed, given, false, "", 1},
				{replicas[0], agreed, given, false, "used already", 1},
				{replicas[1], agreed, given, false, "used already", 1},
				{replicas[0], later, unused, true, "cannot be found out at the moment; nothing was done", 1},
				{replicas[1], later, unused, true, "cannot be found out at the moment; nothing was done", 1},
			} {
				if c.away {
					server.Close()
				}
				result := c.box.Call(c.ctx, catalogue.Tool(tool), json.RawMessage(c.args))
				if result.IsError != (c.want != "") || !strings.Contains(string(result.Object), c.want) {
					t.Errorf("row %d: the agent reads %s", i, result.Object)
				}
				if n := len(world.Outbox()); n != c.sent {
					t.Errorf("row %d: %d messages so far, want %d", i, n, c.sent)
				}
			}
		})
	}
}
