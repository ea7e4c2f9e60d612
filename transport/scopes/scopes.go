// Package scopes tells which tools a caller's PostHog key can use, by asking
// PostHog about the key itself, which needs no scope.
package scopes

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tidwall/gjson"
	"golang.org/x/sync/singleflight"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
)

const (
	// lifetime is how long an answer is believed: a key's scopes can be edited.
	lifetime = time.Minute
	// mostKnown bounds the keys that are remembered.
	mostKnown = 1000
)

// Scopes remembers the scopes of keys for a minute. It is safe for concurrent
// use.
type Scopes struct {
	api tools.Upstream
	// own is the key of calls that bring none.
	own posthog.Key

	flight singleflight.Group
	mu     sync.Mutex
	known  map[string]known
}

// known are the scopes of a key; nil where PostHog did not tell.
type known struct {
	scopes []string
	until  time.Time
}

// New asks api, with own as the key of calls that bring none.
func New(api tools.Upstream, own posthog.Key) *Scopes {
	return &Scopes{api: api, own: own, known: map[string]known{}}
}

// Usable tells which tools the caller's key can use; nil where PostHog does not
// tell, as old servers do not. A tool that takes no key at all is never usable.
func (s *Scopes) Usable(ctx context.Context) func(*tools.Tool) bool {
	scopes := s.of(ctx)
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
	name := key.Hash()
	s.mu.Lock()
	k, found := s.known[name]
	s.mu.Unlock()
	if found && time.Now().Before(k.until) {
		return k.scopes
	}
	scopes, _, _ := s.flight.Do(name, func() (any, error) {
		// Who asks first may leave; the others still want to know.
		scopes := s.ask(context.WithoutCancel(ctx), key)
		s.remember(name, scopes)
		return scopes, nil
	})
	return scopes.([]string)
}

func (s *Scopes) remember(name string, scopes []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.known) >= mostKnown {
		clear(s.known)
	}
	s.known[name] = known{scopes, time.Now().Add(lifetime)}
}

// ask asks PostHog about the key: personal keys and OAuth tokens have a place
// each.
func (s *Scopes) ask(ctx context.Context, key posthog.Key) []string {
	request := &tools.Request{Method: http.MethodGet, Path: "/api/personal_api_keys/@current/", Repeatable: true}
	if key.OAuth() {
		body, _ := json.Marshal(map[string]string{"token": key.Reveal()})
		request = &tools.Request{Method: http.MethodPost, Path: "/oauth/introspect/", Body: body, Repeatable: true}
	}
	response, err := s.api.Do(ctx, request)
	if err != nil || response.Status != http.StatusOK || !gjson.ValidBytes(response.Body) {
		return nil
	}
	answer := gjson.ParseBytes(response.Body)
	if key.OAuth() {
		if !answer.Get("active").Bool() {
			return nil
		}
		return strings.Fields(answer.Get("scope").String())
	}
	var scopes []string
	for _, scope := range answer.Get("scopes").Array() {
		scopes = append(scopes, scope.String())
	}
	return scopes
}
