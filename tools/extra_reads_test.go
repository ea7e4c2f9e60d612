package tools_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/transport/posthog"
)

// A write is made and told within seconds, although no read that it can do without is
// answered, or each is throttled.
func TestExtraReadsDelayNothing(t *testing.T) {
	const longest = 11 * time.Second // one read before the write, and all those after it
	for _, c := range []struct {
		tool, arguments string
		blind           bool // who gets a message depends on what is saved
	}{
		{"subscriptions-create", `{` + newRow + ada + `}`, false},
		{"subscriptions-create", `{` + newRow + `,"target_type":"slack","target_value":"C0GROWTH001","integration_id":701}`, false},
		{"subscriptions-create", `{` + newRow + `,"target_type":"email","target_value":"a@x.example","summary_enabled":true}`, false},
		{"subscriptions-partial-update", `{"id":1134,"target_value":"ada@x.example"}`, true},
		{"subscriptions-partial-update", `{"id":1113,"enabled":true}`, true},
		{"subscriptions-test-delivery-create", `{"id":1134}`, false},
		{"session-recordings-sharing-partial-update", `{"recording_id":"r","enabled":true}`, false},
		{"users-partial-update", `{"email":"Maya.Lindqvist@hedgebox.example"}`, true},
	} {
		for name, answer := range map[string]func(r *http.Request) *http.Response{
			"no answer": func(r *http.Request) *http.Response {
				<-r.Context().Done()
				return nil
			},
			"throttled": func(r *http.Request) *http.Response {
				return &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"20"}}, Body: http.NoBody, Request: r}
			},
		} {
			for _, g := range generations {
				w := of(g)
				w.Switch(func(s *sandbox.Switches) { s.CredentialsByToken = true })
				synctest.Test(t, func(t *testing.T) {
					box := *w.box
					box.API = posthog.New(posthog.Options{Key: sandbox.KeyAll, Base: roundTrip(func(r *http.Request) (*http.Response, error) {
						if r.Method != http.MethodGet {
							return w.RoundTripper().RoundTrip(r)
						}
						if a := answer(r); a != nil {
							return a, nil
						}
						return nil, r.Context().Err()
					})})
					start := time.Now()
					result := box.Call(context.Background(), catalogue(t).Tool(c.tool), json.RawMessage(c.arguments))
					if took := time.Since(start); result.IsError || took > longest {
						t.Errorf("%s, %s, %s %s: after %v: %s", name, g, c.tool, c.arguments, took, result.Object)
					}
					if blind := strings.Contains(string(result.Object), "Who gets a message at once is not known"); blind != c.blind {
						t.Errorf("%s, %s %s: it is said to be unknown %v: %s", g, c.tool, c.arguments, blind, result.Object)
					}
				})
			}
		}
	}
}

type roundTrip func(r *http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
