package seal

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// The set is compared with an unlimited one, for any order of tokens, any clock
// and any limit. No token is taken twice or after its expiry, and the limit holds.
// All others are taken, as long as the clock does not go back and the limit is not
// reached.
func TestMemory(t *testing.T) {
	type token struct {
		id      string
		expires int64
	}
	rapid.Check(t, func(t *rapid.T) {
		u := newMemory()
		u.most = rapid.IntRange(1, 20).Draw(t, "most")
		taken := map[token]bool{}
		var given []token
		now, steady := int64(1000), true
		for range rapid.IntRange(0, 60).Draw(t, "calls") {
			step := rapid.SampledFrom([]int64{0, 0, 0, 1, 5, 20, -1, -20}).Draw(t, "step")
			now += step
			k := token{rapid.StringMatching(`[a-f]`).Draw(t, "id"), rapid.Int64Range(now-2, now+9).Draw(t, "expires")}
			if len(given) > 0 && rapid.Bool().Draw(t, "again") {
				k = rapid.SampledFrom(given).Draw(t, "token")
			}
			given = append(given, k)
			full := u.count == u.most
			steady = steady && step >= 0 && !full
			err := u.Use(t.Context(), k.id, time.Unix(k.expires, 0), time.Unix(now, 0))
			switch {
			case err == nil && (taken[k] || k.expires <= now):
				t.Fatalf("%v taken at %d; taken before: %v", k, now, taken[k])
			case errors.Is(err, ErrUsed) && !taken[k]:
				t.Fatalf("%v is not used", k)
			case err != nil && steady && k.expires > now && !taken[k]:
				t.Fatalf("%v refused at %d: %v", k, now, err)
			case errors.Is(err, ErrExpired) && steady && k.expires > now:
				t.Fatalf("%v has not expired at %d", k, now)
			}
			if err == nil {
				taken[k] = true
			}
			held := 0
			for _, ids := range u.ids {
				held += len(ids)
			}
			if held != u.count || held > u.most {
				t.Fatalf("holds %d, counts %d, at most %d", held, u.count, u.most)
			}
		}
	})
}

// With more tokens than the limit, the oldest are refused, used or not, and new
// ones work.
func TestFlood(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s := sealer(t, "", func() time.Time { return now })
	const most = 300
	memory := newMemory()
	memory.most = most
	s.Used = memory
	first, unused := s.Seal(Claim{}), s.Seal(Claim{})
	refused(t, "the first", nil, s.Open(t.Context(), first, Claim{}))
	now = now.Add(time.Second)
	second := s.Seal(Claim{})
	refused(t, "the second", nil, s.Open(t.Context(), second, Claim{}))
	for i := range most - 1 {
		if i%10 == 0 {
			now = now.Add(time.Second)
		}
		refused(t, fmt.Sprint("token ", i), nil, s.Open(t.Context(), s.Seal(Claim{}), Claim{}))
	}
	refused(t, "the first again", ErrExpired, s.Open(t.Context(), first, Claim{}))
	refused(t, "as old as the first, never used", ErrExpired, s.Open(t.Context(), unused, Claim{}))
	refused(t, "the second again", ErrUsed, s.Open(t.Context(), second, Claim{}))
	refused(t, "a new one", nil, s.Open(t.Context(), s.Seal(Claim{}), Claim{}))
	if memory.count > most {
		t.Errorf("%d tokens are held, at most %d", memory.count, most)
	}
	now = now.Add(Lifetime)
	refused(t, "ten minutes on", nil, s.Open(t.Context(), s.Seal(Claim{}), Claim{}))
	if memory.count != 1 {
		t.Errorf("%d tokens are held, want 1", memory.count)
	}
}
