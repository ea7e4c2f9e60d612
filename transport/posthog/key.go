package posthog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Key authenticates a call: a personal API key or an OAuth access token. It prints
// as "[redacted]"; only [Key.Reveal] returns its text. Two uses would print it all
// the same. In an unexported field fmt does not call its methods, so keep a pointer
// there. As the key of a map encoding/json does not call them either.
type Key string

const (
	shortestKey = 8
	longestKey  = 256
	keyRunes    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

	oauthPrefix = "pha_"
	redacted    = "[redacted]"
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

// OAuth reports whether k is an OAuth access token, which its client can renew
// by logging in again.
func (k Key) OAuth() bool { return strings.HasPrefix(string(k), oauthPrefix) }

// Reveal returns the key itself.
func (k Key) Reveal() string { return string(k) }

// String returns "[redacted]".
func (k Key) String() string { return redacted }

// GoString returns "[redacted]".
func (k Key) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "[redacted]".
func (k Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText returns "[redacted]".
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns "[redacted]" as a JSON string.
func (k Key) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

type keyOf struct{}

// WithKey returns a context whose calls use the caller's own key k, and never the
// client's, even if k is empty.
func WithKey(ctx context.Context, k Key) context.Context {
	return context.WithValue(ctx, keyOf{}, &k)
}

// KeyFrom returns the caller's own key, if [WithKey] put one into ctx.
func KeyFrom(ctx context.Context) (Key, bool) {
	if k, ok := ctx.Value(keyOf{}).(*Key); ok {
		return *k, true
	}
	return "", false
}
