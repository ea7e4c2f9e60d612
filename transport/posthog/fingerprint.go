package posthog

import (
	"crypto/sha256"
	"encoding/hex"
)

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
