package stdio

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/seal"
	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

// What an agent reads of a question that was not accepted: a no, an end without
// an answer, and a question that nobody could be asked, are three things.
func TestNotAccepted(t *testing.T) {
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answer string // its members after the id; empty for none
		code   string
	}{
		"a no":                           {`"result":{"action":"decline"}`, "declined"},
		"closed":                         {`"result":{"action":"cancel"}`, "unanswered"},
		"no answer in ten minutes":       {"", "unanswered"},
		"a client that cannot after all": {`"error":{"code":-32601,"message":"Method not found"}`, "unasked"},
		"nonsense":                       {`"result":{"action":"maybe"}`, "unasked"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sealer, err := seal.New(nil, time.Now)
				if err != nil {
					t.Fatal(err)
				}
				s := transport.NewServer(transport.Options{
					Catalogue: catalogue, Logger: silent(),
					Toolbox: &engine.Toolbox{
						API:     posthog.New(posthog.Options{Base: sandbox.New().RoundTripper(), Key: testKey}),
						Confirm: engine.ConfirmSends, Seal: sealer,
					},
				})
				client := connect(context.Background(), t, s, patient)
				client.send(hello, `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"subscriptions-test-delivery-create","arguments":{"id":1101}}}`)
				synctest.Wait()
				if asked := client.take(); len(asked) != 2 || !strings.Contains(asked[1], "elicitation/create") {
					t.Fatalf("not asked: %q", asked)
				}
				if c.answer != "" {
					client.send(`{"jsonrpc":"2.0","id":"posthog-mcp-1",` + c.answer + `}`)
				}
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				lines := client.take()
				if last := lines[len(lines)-1]; !strings.Contains(last, `"code":"`+c.code+`"`) || !strings.Contains(last, `"isError":true`) {
					t.Errorf("want %s: %s", c.code, last)
				}
				if err := client.hangUp(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
