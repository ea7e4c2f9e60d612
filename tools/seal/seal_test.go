package seal

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

const fakeSecret = "a fake secret, of 32 bytes or so"

// shown is a claim like those of the server.
func shown() Claim {
	return Claim{
		Purpose: "preview", Caller: "caller-1", Tool: "subscriptions-create",
		Arguments: []byte(`{"insight":1,"target_value":"a@x.example"}`), Effect: []byte("mails a@x.example"),
	}
}

func sealer(t testing.TB, secret string, now func() time.Time) *Sealer {
	t.Helper()
	s, err := New([]byte(secret), now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// refused compares an error of Open with the expected one.
func refused(t rapid.TB, what string, want, got error) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateErrors()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestSecrets(t *testing.T) {
	for _, c := range []struct{ secret, want string }{
		{"", ""},
		{fakeSecret, ""},
		{strings.Repeat("long", 100), ""},
		{"x", "the secret is too short: 1 of 32 bytes; make one with: openssl rand -base64 32"},
		{fakeSecret[1:], "the secret is too short: 31 of 32 bytes; make one with: openssl rand -base64 32"},
	} {
		var got string
		if _, err := New([]byte(c.secret), nil); err != nil {
			got = err.Error()
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q (-want +got):\n%s", c.secret, d)
		}
	}
}

func TestErrorsTellTheWayOut(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{ErrForeign, "this confirmation is not for this call: it was changed, was made before the server restarted, or is for another caller, tool, arguments or effect (which one cannot be told); nothing was done: preview the call again and confirm with the confirmation of that preview, all other arguments unchanged"},
		{ErrExpired, "this confirmation has expired: it is good for at most 10 minutes; nothing was done: preview the call again and confirm with the confirmation of that preview"},
		{ErrUsed, "this confirmation was used already: it is good for one call; nothing more was done: find out what became of that call before you preview it again"},
		{ErrUnavailable, "this confirmation is good for one call, and whether it was used already cannot be found out at the moment; nothing was done: preview the call again in a minute and confirm with the confirmation of that preview; if that fails too, tell the person who runs this server"},
	} {
		if d := cmp.Diff(c.want, c.err.Error()); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	}
}

// A token costs a model few tokens, needs no escaping, and differs each time.
func TestTokensAreShort(t *testing.T) {
	s := sealer(t, "", nil)
	long := shown()
	long.Arguments = bytes.Repeat([]byte("x"), 1<<20)
	seen := map[string]bool{}
	for _, c := range []Claim{{}, shown(), shown(), long} {
		token := s.Seal(c)
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{48}$`).MatchString(token) {
			t.Errorf("token %q", token)
		}
		seen[token] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d different tokens, want 4", len(seen))
	}
}

// Only sealers with the same secret open each other's tokens. An empty secret is
// random.
func TestSealers(t *testing.T) {
	for _, c := range []struct {
		seals, opens string
		want         error
	}{
		{fakeSecret, fakeSecret, nil},
		{fakeSecret, strings.ToUpper(fakeSecret), ErrForeign},
		{fakeSecret, fakeSecret + "\n", ErrForeign},
		{fakeSecret, "", ErrForeign},
		{"", fakeSecret, ErrForeign},
		{"", "", ErrForeign},
	} {
		token := sealer(t, c.seals, nil).Seal(shown())
		refused(t, fmt.Sprintf("sealed with %q, opened with %q", c.seals, c.opens), c.want, sealer(t, c.opens, nil).Open(t.Context(), token, shown()))
	}
}

// The caller of New may wipe the secret.
func TestSecretIsNotKept(t *testing.T) {
	secret := []byte(fakeSecret)
	s, err := New(secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	clear(secret)
	refused(t, "after wiping", nil, sealer(t, fakeSecret, nil).Open(t.Context(), s.Seal(shown()), shown()))
}

func TestLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			after time.Duration
			want  error
		}{
			{0, nil},
			{9*time.Minute + 59*time.Second, nil},
			{10 * time.Minute, ErrExpired},
			{24 * time.Hour, ErrExpired},
		} {
			s := sealer(t, "", nil)
			token := s.Seal(shown())
			time.Sleep(c.after)
			refused(t, c.after.String(), c.want, s.Open(t.Context(), token, shown()))
			other := shown()
			other.Caller = "caller-2"
			refused(t, c.after.String()+", another caller", ErrForeign, s.Open(t.Context(), token, other))
		}
	})
}

// A used token is refused as used until it expires. A refused attempt does not use
// it up.
func TestReplay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sealer(t, "", nil)
		token, second := s.Seal(shown()), s.Seal(shown())
		other := shown()
		other.Effect = []byte("mails b@x.example")
		refused(t, "another effect", ErrForeign, s.Open(t.Context(), token, other))
		refused(t, "first", nil, s.Open(t.Context(), token, shown()))
		refused(t, "again", ErrUsed, s.Open(t.Context(), token, shown()))
		time.Sleep(Lifetime - time.Second)
		refused(t, "at the end", ErrUsed, s.Open(t.Context(), token, shown()))
		refused(t, "a second token of the claim", nil, s.Open(t.Context(), second, shown()))
		time.Sleep(time.Second)
		refused(t, "after the end", ErrExpired, s.Open(t.Context(), token, shown()))
	})
}

func TestConcurrentReplay(t *testing.T) {
	s := sealer(t, "", nil)
	for range 50 {
		token := s.Seal(shown())
		start := make(chan struct{})
		var opened, used atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				<-start
				switch err := s.Open(t.Context(), token, shown()); {
				case err == nil:
					opened.Add(1)
				case errors.Is(err, ErrUsed):
					used.Add(1)
				}
			})
		}
		close(start)
		wg.Wait()
		if opened.Load() != 1 || used.Load() != 15 {
			t.Fatalf("opened %d times, refused as used %d times, want 1 and 15", opened.Load(), used.Load())
		}
	}
}

// Every change of a token is refused, be it one bit or one character, and leaves
// the token usable.
func TestChangedTokens(t *testing.T) {
	s := sealer(t, "", nil)
	token := s.Seal(shown())
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	var changed []string
	for bit := range len(raw) * 8 {
		flipped := bytes.Clone(raw)
		flipped[bit/8] ^= 1 << (bit % 8)
		changed = append(changed, base64.RawURLEncoding.EncodeToString(flipped))
	}
	for i := range token {
		for bit := range 8 {
			flipped := []byte(token)
			flipped[i] ^= 1 << bit
			changed = append(changed, string(flipped))
		}
		changed = append(changed, token[:i], token[i+1:], token[:i]+"\n"+token[i:], token[:i]+"\n"+token[i+1:])
	}
	changed = append(changed, token+"\n", " "+token, token+"=", token+"A", token+token, base64.StdEncoding.EncodeToString(raw[:35]), strings.Repeat("A", len(token)), strings.Repeat("\n", len(token)))
	for _, c := range changed {
		refused(t, fmt.Sprintf("%q for %q", c, token), ErrForeign, s.Open(t.Context(), c, shown()))
	}
	refused(t, "unchanged", nil, s.Open(t.Context(), token, shown()))
}
