package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
)

const (
	shortestSecret = 32
	// keyLength makes it AES-256.
	keyLength = 32
	// keyUse separates this key from others derived from the secret. It changes
	// with the format of tokens.
	keyUse = "posthog-mcp sealed confirmation 1"
)

// deriveKey derives the key from a secret with HKDF-SHA256 (RFC 5869). The secret
// may be text such as base64: only its entropy counts.
func deriveKey(secret []byte) ([]byte, error) {
	if len(secret) == 0 {
		secret = make([]byte, shortestSecret)
		_, _ = rand.Read(secret) // crypto/rand never fails
	}
	if len(secret) < shortestSecret {
		return nil, fmt.Errorf("the secret is too short: %d of %d bytes; make one with: openssl rand -base64 %[2]d", len(secret), shortestSecret)
	}
	return hkdf.Key(sha256.New, secret, nil, keyUse, keyLength)
}

// newAEAD returns AES-GCM with a random nonce before each token. One key is good
// for 2^32 tokens (NIST SP 800-38D, section 8.3).
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
