package tools

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

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
