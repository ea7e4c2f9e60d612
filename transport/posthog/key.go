package posthog

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"posthog-mcp/tools"
)

// Key authenticates a call.
type Key = tools.Key

const (
	shortestKey = 8
	longestKey  = 256
	redacted    = "[redacted]"
	keyRunes    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
)

// wrongKeys are the prefixes of PostHog's other tokens, which its API refuses as
// invalid keys.
var wrongKeys = [...]struct{ prefix, reason string }{
	{"phc_", "phc_ is a project token, which can only send events in; use a personal API key (phx_)"},
	{"phs_", "phs_ is a project secret, which the API does not accept; use a personal API key (phx_)"},
	{"phr_", "phr_ is an OAuth refresh token; use the access token (pha_) it is exchanged for"},
}

// ParseKey returns s as a key: 8 to 256 characters of A-Z a-z 0-9 _ -, with the
// prefix phx_ or pha_, or, for old personal keys, none. The error names the problem
// and never repeats s.
func ParseKey(s string) (Key, error) {
	for _, w := range wrongKeys {
		if strings.HasPrefix(s, w.prefix) {
			return "", fmt.Errorf("not a usable PostHog key: %s", w.reason)
		}
	}
	if strings.ContainsFunc(s, notInKey) {
		return "", errors.New("not a usable PostHog key: it may hold only letters, digits, - and _; look for a stray space, quote or newline")
	}
	if len(s) < shortestKey || len(s) > longestKey {
		return "", fmt.Errorf("not a usable PostHog key: it has %d characters, a key has %d to %d", len(s), shortestKey, longestKey)
	}
	return Key(s), nil
}

func notInKey(r rune) bool { return !strings.ContainsRune(keyRunes, r) }

// WithKey returns a context whose calls use the caller's own key k, and never the
// client's, even if k is empty.
func WithKey(ctx context.Context, k Key) context.Context {
	c := tools.CallerOf(ctx)
	c.Key, c.ID, c.Name = &k, k.Hash(), k.Fingerprint()
	return tools.WithCaller(ctx, c)
}
