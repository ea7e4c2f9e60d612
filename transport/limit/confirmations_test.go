package limit

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/seal"
)

var claim = seal.Claim{Purpose: "preview", Tool: "users-destroy"}

// sealing is a replica: it shares a secret and the server with others.
func sealing(t *testing.T, server *miniredis.Miniredis, now func() time.Time) *seal.Sealer {
	t.Helper()
	s, err := seal.New([]byte("a fake secret, of 32 bytes or so"), now)
	if err != nil {
		t.Fatal(err)
	}
	s.Used = connect(t, server, RedisOptions{Rest: time.Millisecond})
	return s
}

// A confirmation is good once among all replicas, whichever gave it out, and also
// on one that was started since.
func TestConfirmations(t *testing.T) {
	server := miniredis.RunT(t)
	one, other := sealing(t, server, nil), sealing(t, server, nil)
	token, second := one.Seal(claim), one.Seal(claim)
	for i, c := range []struct {
		by    *seal.Sealer
		token string
		want  error
	}{
		{other, token, nil},
		{other, token, seal.ErrUsed},
		{one, token, seal.ErrUsed},
		{sealing(t, server, nil), token, seal.ErrUsed},
		{one, second, nil},
		{sealing(t, server, nil), second, seal.ErrUsed},
	} {
		if err := c.by.Open(t.Context(), c.token, claim); !errors.Is(err, c.want) {
			t.Errorf("row %d: %v, want %v", i, err, c.want)
		}
	}
}

// Of replicas that open one confirmation at the same time, one gets it.
func TestConcurrentConfirmations(t *testing.T) {
	server := miniredis.RunT(t)
	token := sealing(t, server, nil).Seal(claim)
	var (
		mu     sync.Mutex
		counts = map[error]int{}
		wg     sync.WaitGroup
	)
	for range 3 {
		s := sealing(t, server, nil)
		for range 5 {
			wg.Go(func() {
				err := s.Open(t.Context(), token, claim)
				mu.Lock()
				defer mu.Unlock()
				counts[err]++
			})
		}
	}
	wg.Wait()
	if counts[nil] != 1 || counts[seal.ErrUsed] != 14 {
		t.Errorf("(-want +got):\n%s", cmp.Diff(map[error]int{nil: 1, seal.ErrUsed: 14}, counts, cmp.Comparer(errors.Is)))
	}
}

// A used confirmation is remembered until it has expired on every replica, also on
// one whose clock is behind, and then forgotten.
func TestConfirmationsExpire(t *testing.T) {
	server := miniredis.RunT(t)
	start := time.Now()
	at := func(d time.Duration) *seal.Sealer {
		return sealing(t, server, func() time.Time { return start.Add(d) })
	}
	token := at(0).Seal(claim)
	if err := at(0).Open(t.Context(), token, claim); err != nil {
		t.Fatal(err)
	}
	server.FastForward(seal.Lifetime + clockSkew - time.Second)
	if err := at(seal.Lifetime-time.Second).Open(t.Context(), token, claim); !errors.Is(err, seal.ErrUsed) {
		t.Errorf("by a clock that is behind: %v", err)
	}
	server.FastForward(time.Second)
	if d := cmp.Diff([]string{}, server.Keys()); d != "" {
		t.Errorf("keys that are left (-want +got):\n%s", d)
	}
}

// While Redis is away, no confirmation is accepted; one that was refused for that
// is good once Redis is back.
func TestConfirmationsWithoutRedis(t *testing.T) {
	server := miniredis.RunT(t)
	s := sealing(t, server, nil)
	token, used := s.Seal(claim), s.Seal(claim)
	if err := s.Open(t.Context(), used, claim); err != nil {
		t.Fatal(err)
	}
	server.Close()
	for _, given := range []string{token, used} {
		for range failuresToRest + 1 {
			if err := s.Open(t.Context(), given, claim); !errors.Is(err, seal.ErrUnavailable) {
				t.Errorf("while Redis is away: %v", err)
			}
		}
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if err = s.Open(t.Context(), token, claim); !errors.Is(err, seal.ErrUnavailable) {
			break
		}
	}
	if err != nil {
		t.Errorf("when it is back: %v", err)
	}
	for given, want := range map[string]error{token: seal.ErrUsed, used: seal.ErrUsed} {
		if err := s.Open(t.Context(), given, claim); !errors.Is(err, want) {
			t.Errorf("again: %v, want %v", err, want)
		}
	}
}
