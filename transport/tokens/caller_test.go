package tokens_test

import (
	"context"
	"testing"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// Two callers never have the same id, and one caller always has the same. The first
// two keys have the same fingerprint, which is only for people.
func TestCallers(t *testing.T) {
	withKey := func(key posthog.Key) context.Context { return posthog.WithKey(context.Background(), key) }
	withToken := func(token string) context.Context {
		ctx, err := open(t, file(entry("ada", adas, ""), entry("bob", bobs, ""))).Accept(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		return ctx
	}
	seen := map[string]string{}
	for _, c := range []struct {
		who, name string
		ctx       context.Context
	}{
		{"a key", "de054c184107", withKey("phx_fake_26539004")},
		{"another key", "de054c184107", withKey("phx_fake_31005835")},
		{"an empty key", "", withKey("")},
		{"no key", "server", context.Background()},
		{"a token", "token:ada", withToken(adas)},
		{"another token", "token:bob", withToken(bobs)},
	} {
		id := engine.CallerOf(c.ctx).ID
		if other, ok := seen[id]; ok || id != engine.CallerOf(c.ctx).ID {
			t.Errorf("%s is %q, as %s is", c.who, id, other)
		}
		seen[id] = c.who
		if got := engine.CallerOf(c.ctx).Name; got != c.name {
			t.Errorf("%s is called %q in records, want %q", c.who, got, c.name)
		}
	}
}
