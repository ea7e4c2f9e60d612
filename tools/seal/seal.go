// Package seal makes and checks confirmation tokens. A token proves that a call was
// shown to a person; the client carries it as an opaque text.
//
// A [Sealer] holds a secret. [Sealer.Seal] turns a [Claim], the call and its shown
// effect, into a token of 48 characters. [Sealer.Open] accepts the token once, for
// the same claim, within [Lifetime]. The token does not contain the claim.
package seal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Lifetime is how long a token is valid: long enough for a person to read the
// preview, short enough that the preview is still true.
const Lifetime = 10 * time.Minute

// The reasons to refuse a token, in words for an agent.
var (
	// ErrForeign refuses a text that is no token of this claim. A changed token
	// and one for another claim look the same.
	ErrForeign = errors.New("this confirmation is not for this call: it was changed, was made before the server restarted, or is for another caller, tool, arguments or effect (which one cannot be told); nothing was done: preview the call again and confirm with the confirmation of that preview, all other arguments unchanged")
	// ErrExpired refuses a token older than [Lifetime].
	ErrExpired = fmt.Errorf("this confirmation has expired: it is good for at most %d minutes; nothing was done: preview the call again and confirm with the confirmation of that preview", Lifetime/time.Minute)
	// ErrUsed refuses a token that was opened before.
	ErrUsed = errors.New("this confirmation was used already: it is good for one call; nothing more was done: find out what became of that call before you preview it again")
	// ErrUnavailable refuses a token because the [Store] failed, so that nobody
	// knows whether it was opened before.
	ErrUnavailable = errors.New("this confirmation is good for one call, and whether it was used already cannot be found out at the moment; nothing was done: preview the call again in a minute and confirm with the confirmation of that preview; if that fails too, tell the person who runs this server")
)

// Sealer makes tokens and opens them. It is safe for concurrent use.
type Sealer struct {
	// Used remembers the opened tokens. [New] sets a store in memory; set another
	// one before the first token is opened.
	Used Store
	// Logger receives the errors of Used; nil logs nothing.
	Logger *slog.Logger

	aead cipher.AEAD
	now  func() time.Time
}

const (
	shortestSecret = 32
	keyLength      = 32 // AES-256
	// keyUse separates this key from others derived from the secret. It changes
	// with the format of tokens.
	keyUse = "posthog-mcp sealed confirmation 2"
)

// New returns a Sealer that reads the clock with now; nil for the machine's clock.
//
// Sealers with the same secret open each other's tokens, also after a restart.
// They open each token once if they share a [Store]. Their clocks must agree. A
// secret has at least 32 bytes, and may be text such as base64: HKDF-SHA256 (RFC 5869)
// makes the key. Without a secret New makes a random one, and no other Sealer can open
// the tokens. One key is good for 2^32 tokens (NIST SP 800-38D, section 8.3).
func New(secret []byte, now func() time.Time) (*Sealer, error) {
	if len(secret) == 0 {
		secret = make([]byte, shortestSecret)
		_, _ = rand.Read(secret) // crypto/rand never fails
	}
	if len(secret) < shortestSecret {
		return nil, fmt.Errorf("the secret is too short: %d of %d bytes; make one with: openssl rand -base64 %[2]d", len(secret), shortestSecret)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, keyUse, keyLength)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Sealer{aead: aead, now: now, Used: newMemory()}, nil
}

// Claim is the content that a token confirms. Two claims are the same if all
// members have the same bytes.
type Claim struct {
	// Purpose separates the uses of tokens: a preview's token is not valid for a
	// dialogue.
	Purpose string
	// Caller identifies the caller who got the preview.
	Caller string
	// Tool is the name of the tool.
	Tool string
	// Arguments are the call's arguments as canonical JSON: the same call has the
	// same bytes.
	Arguments []byte
	// Effect is the effect that the person was shown.
	Effect []byte
}

// bytes has every member in quotes, so that no byte can move from one to the next.
func (c Claim) bytes() []byte {
	return fmt.Appendf(nil, "%q %q %q %q %q", c.Purpose, c.Caller, c.Tool, c.Arguments, c.Effect)
}

// A token is base64url of the nonce, the sealed expiry (Unix seconds) and the GCM
// tag. These are 36 bytes, a multiple of three, so that each token has only one
// spelling.
const (
	nonceSize   = 12
	expirySize  = 8
	tagSize     = 16
	tokenLength = (nonceSize + expirySize + tagSize) / 3 * 4
)

// Seal returns a token for c: 48 characters of A-Z a-z 0-9 _ -. Two tokens for the
// same claim differ, and each can be opened.
func (s *Sealer) Seal(c Claim) string {
	expires := binary.BigEndian.AppendUint64(nil, uint64(s.now().Add(Lifetime).Unix()))
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, expires, c.bytes()))
}

// Open uses up the token if it was sealed for c, at most [Lifetime] ago, and was
// not opened before. Otherwise the error is [ErrForeign], [ErrExpired], [ErrUsed]
// or [ErrUnavailable]. Of concurrent calls with one token exactly one returns nil.
//
// A store remembers opened tokens until they expire. A full store forgets the
// oldest ones early; from then on every token of their age, opened or not, is
// refused with ErrExpired.
func (s *Sealer) Open(ctx context.Context, token string, c Claim) error {
	if len(token) != tokenLength { // the decoder would skip line breaks
		return ErrForeign
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return ErrForeign
	}
	opened, err := s.aead.Open(nil, nil, sealed, c.bytes())
	if err != nil {
		return ErrForeign
	}
	expires, now := time.Unix(int64(binary.BigEndian.Uint64(opened)), 0), s.now()
	if now.Unix() >= expires.Unix() {
		return ErrExpired
	}
	err = s.Used.Use(ctx, hex.EncodeToString(sealed[:nonceSize]), expires, now)
	if err == nil || errors.Is(err, ErrUsed) || errors.Is(err, ErrExpired) {
		return err
	}
	if s.Logger != nil {
		s.Logger.ErrorContext(ctx, "a confirmation is refused: whether it was used before cannot be found out", slog.Any("error", err))
	}
	return ErrUnavailable
}
