// Package seal makes and checks confirmation tokens, which prove that a call was shown to
// a person. A [Sealer] turns a [Claim], the call and its shown effect, into a token of 48
// characters, and accepts it once, for the same claim, within [Lifetime].
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
	// ErrForeign refuses a text that is no token of this claim.
	ErrForeign = errors.New("this confirmation is not for this call: it was changed, was made before the server restarted, or is for another caller, tool, arguments or effect (which one cannot be told); nothing was done: preview the call again and confirm with the confirmation of that preview, all other arguments unchanged")
	// ErrExpired refuses a token older than [Lifetime].
	ErrExpired = fmt.Errorf("this confirmation has expired: it is good for at most %d minutes; nothing was done: preview the call again and confirm with the confirmation of that preview", Lifetime/time.Minute)
	// ErrUsed refuses a token that was opened before.
	ErrUsed = errors.New("this confirmation was used already: it is good for one call; nothing more was done: find out what became of that call before you preview it again")
	// ErrUnavailable refuses a token because the [Store] failed.
	ErrUnavailable = errors.New("this confirmation is good for one call, and whether it was used already cannot be found out at the moment; nothing was done: preview the call again in a minute and confirm with the confirmation of that preview; if that fails too, tell the person who runs this server")
)

// Sealer makes tokens and opens them. It is safe for concurrent use.
type Sealer struct {
	// Used remembers the opened tokens; [New] sets a store in memory. Logger receives
	// its errors; nil logs nothing. Set both before the first token is opened.
	Used   Store
	Logger *slog.Logger

	aead cipher.AEAD
	now  func() time.Time
}

const (
	secretLength = 32 // at least; also that of the key, of AES-256
	// keyUse separates this key from others derived from the secret. It changes
	// with the format of tokens.
	keyUse = "posthog-mcp sealed confirmation 2"
)

// New returns a Sealer that reads the clock with now; nil for the machine's clock.
// Sealers with the same secret open each other's tokens, also after a restart.
// They open each token once if they share a [Store]. Their clocks must agree. A
// secret has at least 32 bytes, and may be text such as base64: HKDF-SHA256 (RFC 5869)
// makes the key. Without a secret New makes a random one, and no other Sealer can open
// the tokens. One key is good for 2^32 tokens (NIST SP 800-38D, section 8.3).
func New(secret []byte, now func() time.Time) (*Sealer, error) {
	if len(secret) == 0 {
		secret = make([]byte, secretLength)
		_, _ = rand.Read(secret) // crypto/rand never fails
	}
	if len(secret) < secretLength {
		return nil, fmt.Errorf("the secret is too short: %d of %d bytes; make one with: openssl rand -base64 %[2]d", len(secret), secretLength)
	}
	key, err := hkdf.Key(sha256.New, secret, nil, keyUse, secretLength)
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
	// Purpose separates the uses of tokens: a preview's is not valid for a dialogue.
	Purpose, Caller, Tool string
	// Arguments are canonical JSON: the same call has the same bytes. Effect is what
	// the person was shown.
	Arguments, Effect []byte
}

// bytes has every member in quotes, so that no byte can move from one to the next.
func (c Claim) bytes() []byte {
	return fmt.Appendf(nil, "%q %q %q %q %q", c.Purpose, c.Caller, c.Tool, c.Arguments, c.Effect)
}

// A token is base64url of the nonce, the sealed expiry (8 bytes, Unix seconds) and the
// GCM tag (16 bytes). A multiple of three bytes has only one spelling.
const (
	nonceSize   = 12
	tokenLength = (nonceSize + 8 + 16) / 3 * 4
)

// Seal returns a token for c. Two tokens for the same claim differ.
func (s *Sealer) Seal(c Claim) string {
	expires := binary.BigEndian.AppendUint64(nil, uint64(s.now().Add(Lifetime).Unix()))
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, expires, c.bytes()))
}

// Open uses up the token if it was sealed for c, at most [Lifetime] ago, and was
// not opened before. Otherwise the error is [ErrForeign], [ErrExpired], [ErrUsed]
// or [ErrUnavailable]. Of concurrent calls with one token exactly one returns nil.
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
