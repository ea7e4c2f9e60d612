// Package scopes finds out which tools a caller's PostHog key can use. It asks
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

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/recent"
)

// timeout is how long tools/list waits for PostHog: clients wait for their list before
// they do anything else.
const timeout = 3 * time.Second

// ForCallers returns a function that returns [Usable] for the caller's key; nil if
// PostHog does not answer within three seconds, or, as old versions, cannot tell. key
// returns the key of a call: see [posthog.Client.KeyFor]. Answers are cached for a minute,
// since a key's scopes can be edited.
func ForCallers(api engine.Upstream, key func(context.Context) (posthog.Key, error)) func(context.Context) func(*engine.Tool) bool {
	known := &recent.Answers[[]string]{Lifetime: time.Minute, Most: 1000, Timeout: timeout}
	return func(ctx context.Context) func(*engine.Tool) bool {
		soon, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		key, err := key(soon)
		if err != nil {
			return nil
		}
		scopes, _ := known.Get(ctx, key.Hash(), func(ctx context.Context) ([]string, bool) {
			scopes, _, _ := Ask(ctx, api, key)
			return scopes, true // unknown scopes are cached too
		})
		return Usable(scopes)
	}
}

// Usable returns a filter for the tools that a key with these scopes can use; nil for
// unknown scopes. A tool that accepts no key is never usable.
func Usable(scopes []string) func(*engine.Tool) bool {
	if scopes == nil {
		return nil
	}
	return func(t *engine.Tool) bool {
		// PostHog's rule: a write scope includes reading, and * includes everything.
		object, _, _ := strings.Cut(t.Scope, ":")
		covers := func(scope string) bool { return scope == "*" || scope == t.Scope || scope == object+":write" }
		return t.Scope != "" && slices.ContainsFunc(scopes, covers)
	}
}

// Ask asks PostHog for the scopes of key, with which api must authenticate. The scopes are
// nil if PostHog does not tell them. The response is PostHog's answer.
func Ask(ctx context.Context, api engine.Upstream, key posthog.Key) (scopes []string, response *engine.Response, err error) {
	request := &engine.Request{Method: http.MethodGet, Path: "/api/personal_api_keys/@current/", Repeatable: true}
	if key.OAuth() {
		body, _ := json.Marshal(map[string]string{"token": key.Reveal()})
		request = &engine.Request{Method: http.MethodPost, Path: "/oauth/introspect/", Body: body, Repeatable: true}
	}
	request.Route = request.Path
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
