package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"posthog-mcp/schema"
)

// Caller says who makes a call, and everything that holds for them alone. It is
// the one value in a context that says so. The zero value is the one caller of a
// process, who has no limits and cannot be asked.
type Caller struct {
	ID   string // tells callers apart; it is no secret
	Name string // for logs and records: two keys can have the same
	// Token is the SHA-256 of the token that the caller has from the operator, in 32
	// bytes; empty for a caller without one.
	Token  string
	Key    *Key   // the caller's own, of PostHog; nil for the server's
	Limits Limits // what the operator allows the caller
	// Selection is the caller's own choice of tools, among those that Limits allow, and
	// Dialect that of a dialect for their schemas; empty for none.
	Selection Selection
	Dialect   schema.Profile
	CanAsk    bool    // the client puts questions to its person
	Answer    *Answer // what the person said to an earlier [Question]; nil for none
}

// Same reports whether two calls have the same caller: with the same PostHog key,
// with the same token of the same name, or both without either.
func (c Caller) Same(other Caller) bool { return c.ID == other.ID && c.Token == other.Token }

// Answer is a person's answer to a [Question], with the State of that.
type Answer struct {
	State string
	Reply Reply
}

// Reply is what a person did with a [Question], in MCP's words.
type Reply string

// The replies.
const (
	Accept  Reply = "accept"
	Decline Reply = "decline"
	Cancel  Reply = "cancel" // closes the question: clients without a person do that to each
)

type callerKey struct{}

// WithCaller returns a context whose calls c makes. A caller that ctx has already is
// replaced: to keep its other fields, change the value of [CallerOf].
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, &c)
}

// CallerOf returns the caller of the calls under ctx. The one caller of a process is
// named "server".
func CallerOf(ctx context.Context) Caller {
	if c, ok := ctx.Value(callerKey{}).(*Caller); ok {
		return *c
	}
	return Caller{Name: "server"}
}

// Key authenticates a call: a personal API key or an OAuth access token. It prints
// as "[redacted]"; only [Key.Reveal] returns its text. Two uses would print it all
// the same. In an unexported field fmt does not call its methods, so keep a pointer
// there. As the key of a map encoding/json does not call them either.
type Key string

const redacted = "[redacted]"

// OAuth reports whether k is an OAuth access token, which its client can renew
// by logging in again.
func (k Key) OAuth() bool { return strings.HasPrefix(string(k), "pha_") }

// Reveal returns the key itself.
func (k Key) Reveal() string { return string(k) }

// String returns "[redacted]".
func (k Key) String() string { return redacted }

// Format writes "[redacted]" for every verb of package fmt.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns "[redacted]", also for encoding/json and log/slog.
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Fingerprint names a key in logs and records: 12 hexadecimal digits, or nothing
// for no key. It is too short to identify a key: use [Key.Hash] for that.
func (k Key) Fingerprint() string {
	if k == "" {
		return ""
	}
	return k.Hash()[:12]
}

// Hash identifies a key: it is the key's SHA-256, in 64 hexadecimal digits.
func (k Key) Hash() string {
	sum := sha256.Sum256([]byte(k))
	return hex.EncodeToString(sum[:])
}
