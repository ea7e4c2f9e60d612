package posthog

import (
	"crypto/sha256"
	"encoding/hex"
)

// Fingerprint tells keys apart where a key must not stand: in logs and records.
// It has 12 hexadecimal digits, and is empty for no key.
func (k Key) Fingerprint() string {
	if k == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(k))
	return hex.EncodeToString(sum[:6])
}
