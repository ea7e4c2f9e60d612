package shared

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha512"
	"encoding/hex"
)

// lock seals an outcome for those who make the same call: an answer can hold
// addresses and a webhook's URL, and Redis is read by more people than this
// server's memory is.
type lock struct{ aead cipher.AEAD }

// place is where the outcome of a call stands, and the lock on it. Both come from
// the key, in halves of one hash: the name says nothing of the lock.
func (o *Outcomes) place(key string) (string, lock) {
	sum := sha512.Sum512([]byte(key))
	// Neither fails with a key of 32 bytes.
	block, _ := aes.NewCipher(sum[32:])
	aead, _ := cipher.NewGCMWithRandomNonce(block)
	return o.redis.prefix + "once:" + hex.EncodeToString(sum[:16]), lock{aead}
}

func (l lock) seal(outcome []byte) string { return string(l.aead.Seal(nil, nil, outcome, nil)) }

func (l lock) open(sealed string) ([]byte, error) { return l.aead.Open(nil, nil, []byte(sealed), nil) }
