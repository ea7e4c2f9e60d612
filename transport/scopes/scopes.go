// Package scopes tells which tools a caller's PostHog key can use, by asking
// PostHog about the key itself, which needs no scope.
package scopes

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/recent"
)

const (
	// lifetime is how long an answer is believed: a key's scopes can be edited.
	lifetime = time.Minute
	// mostKnown bounds the keys that are remembered.
	mostKnown = 1000
	// timeout is how long a list of tools waits for PostHog: clients wait for
	// theirs before they do anything else.
	timeout = 3 * time.Second

	keyPath   = "/api/personal_api_keys/@current/"
	tokenPath = "/oauth/introspect/"
)

// Scopes remembers the scopes of keys for a minute. It is safe for concurrent
// use.
type Scopes struct {
	api tools.Upstream
	// own is the key of calls that bring none.
	own   posthog.Key
	known recent.Answers[[]string] // nil where PostHog did not tell
}

// New asks api, with own as the key of calls that bring none.
func New(api tools.Upstream, own posthog.Key) *Scopes {
	return &Scopes{api: api, own: own, known: recent.Answers[[]string]{Lifetime: lifetime, Most: mostKnown, Timeout: timeout}}
}

// Usable tells which tools the caller's key can use; nil where PostHog does not
// tell within three seconds, or at all, as old servers do not. A tool that takes
// no key at all is never usable.
func (s *Scopes) Usable(ctx context.Context) func(*tools.Tool) bool {
	return Usable(s.of(ctx))
}

// Usable tells which tools a key with these scopes can use; nil of nil.
func Usable(scopes []string) func(*tools.Tool) bool {
	if scopes == nil {
		return nil
	}
	return func(t *tools.Tool) bool { return t.Scope != "" && covers(scopes, t.Scope) }
}

// covers holds PostHog's rule: writing includes reading, and * is everything.
func covers(scopes []string, wanted string) bool {
	object, _, _ := strings.Cut(wanted, ":")
	return slices.Contains(scopes, "*") || slices.Contains(scopes, wanted) || slices.Contains(scopes, object+":write")
}

func (s *Scopes) of(ctx context.Context) []string {
	key, ok := posthog.KeyFrom(ctx)
	if !ok {
		key = s.own
	}
	scopes, _ := s.known.Get(ctx, key.Hash(), func(ctx context.Context) ([]string, bool) {
		scopes, _, _ := Ask(ctx, s.api, key)
		return scopes, true // that PostHog does not tell is remembered too
	})
	return scopes
}

// Ask asks PostHog about the key, which api calls with: personal keys and OAuth
// tokens have a place each. The scopes are nil where PostHog does not tell; the
// response is what it said.
func Ask(ctx context.Context, api tools.Upstream, key posthog.Key) (scopes []string, response *tools.Response, err error) {
	request := &tools.Request{Method: http.MethodGet, Path: keyPath, Route: keyPath, Repeatable: true}
	if key.OAuth() {
		body, _ := json.Marshal(map[string]string{"token": key.Reveal()})
		request = &tools.Request{Method: http.MethodPost, Path: tokenPath, Route: tokenPath, Body: body, Repeatable: true}
	}
	response, err = api.Do(ctx, request)
	if err != nil || response.Status != http.StatusOK || !gjson.ValidBytes(response.Body) {
		return nil, response, err
	}
	answer := gjson.ParseBytes(response.Body)
	if key.OAuth() {
		if !answer.Get("active").Bool() {
			return nil, response, nil
		}
		return strings.Fields(answer.Get("scope").String()), response, nil
	}
	for _, scope := range answer.Get("scopes").Array() {
		scopes = append(scopes, scope.String())
	}
	return scopes, response, nil
}
