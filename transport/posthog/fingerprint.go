package posthog

import (
	"crypto/sha256"
	"encoding/hex"
)

// Fingerprint names a key where the key must not stand: in logs and records. It
// has 12 hexadecimal digits, and is empty for no key. Where two keys must not be
// taken for one, [Key.Hash] tells them apart.
func (k Key) Fingerprint() string {
	if k == "" {
		return ""
	}
	return k.Hash()[:12]
}

// Hash tells keys apart: it is the key's SHA-256, in 64 hexadecimal digits.
func (k Key) Hash() string {
	sum := sha256.Sum256([]byte(k))
	return hex.EncodeToString(sum[:])
}
