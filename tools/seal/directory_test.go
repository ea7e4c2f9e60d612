package seal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// The tests start this program again as another process, which opens one token.
const (
	envFile  = "SEAL_TEST_FILE"
	envToken = "SEAL_TEST_TOKEN"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(envFile); path != "" {
		fmt.Print(openAlone(path, os.Getenv(envToken)))
		return
	}
	goleak.VerifyTestMain(m)
}

// openAlone opens the token as a process of its own does.
func openAlone(path, token string) error {
	directory, err := OpenDirectory(path)
	if err != nil {
		return err
	}
	s, err := New([]byte(fakeSecret), nil)
	if err != nil {
		return err
	}
	s.Used = directory
	return s.Open(context.Background(), token, shown())
}

// restarted returns a sealer as after a restart: with the same secret and directory.
func restarted(t testing.TB, path string, now func() time.Time) *Sealer {
	t.Helper()
	s := sealer(t, fakeSecret, now)
	directory, err := OpenDirectory(path)
	if err != nil {
		t.Fatal(err)
	}
	s.Used = directory
	return s
}

func usedDirectory(t testing.TB) string { return filepath.Join(t.TempDir(), "state.key.used.d") }

// A token is good once, before and after any number of restarts.
func TestRestart(t *testing.T) {
	path := usedDirectory(t)
	first := restarted(t, path, nil)
	token, second := first.Seal(shown()), first.Seal(shown())
	refused(t, "first", nil, first.Open(t.Context(), token, shown()))
	for range 3 {
		s := restarted(t, path, nil)
		refused(t, "after a restart", ErrUsed, s.Open(t.Context(), token, shown()))
	}
	refused(t, "another token after a restart", nil, restarted(t, path, nil).Open(t.Context(), second, shown()))
	refused(t, "that one again, where it was made", ErrUsed, first.Open(t.Context(), second, shown()))
	for name, want := range map[string]os.FileMode{path: os.ModeDir | 0o700, filepath.Join(path, names(t, path)[0]): 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want && runtime.GOOS != "windows" {
			t.Errorf("%s is %v, want %v (%v)", name, info.Mode(), want, err)
		}
	}
}

func names(t *testing.T, path string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// If several processes open one token at the same time, one succeeds.
func TestProcesses(t *testing.T) {
	path := usedDirectory(t)
	token := sealer(t, fakeSecret, nil).Seal(shown())
	got := make([]string, 4)
	var wg sync.WaitGroup
	for i := range got {
		command := exec.CommandContext(t.Context(), os.Args[0])
		command.Env = append(os.Environ(), envFile+"="+path, envToken+"="+token)
		wg.Go(func() {
			out, err := command.CombinedOutput()
			if err != nil {
				t.Error(err)
			}
			got[i] = string(out)
		})
	}
	wg.Wait()
	counts := map[string]int{}
	for _, g := range got {
		counts[g]++
	}
	if d := cmp.Diff(map[string]int{"<nil>": 1, ErrUsed.Error(): 3}, counts); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// If several replicas and goroutines open one token at the same time, one succeeds.
func TestConcurrentDirectories(t *testing.T) {
	path := usedDirectory(t)
	token := sealer(t, fakeSecret, nil).Seal(shown())
	var (
		mu     sync.Mutex
		counts = map[error]int{}
		wg     sync.WaitGroup
	)
	for range 3 {
		s := restarted(t, path, nil)
		for range 5 {
			wg.Go(func() {
				err := s.Open(t.Context(), token, shown())
				mu.Lock()
				defer mu.Unlock()
				counts[err]++
			})
		}
	}
	wg.Wait()
	if d := cmp.Diff(map[error]int{nil: 1, ErrUsed: 14}, counts, cmp.Comparer(errors.Is)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// The directory holds the tokens that were opened in the last twenty minutes, and no
// older ones. A token that was opened stays so, if the clock goes back by ten minutes.
func TestPruning(t *testing.T) {
	path, now := usedDirectory(t), time.Now().Truncate(time.Second)
	clock := func() time.Time { return now }
	s := restarted(t, path, clock)
	foreign := filepath.Join(path, "0-of-nobody")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var opened []string
	for range 6 {
		token := s.Seal(shown())
		refused(t, "a new one", nil, s.Open(t.Context(), token, shown()))
		opened = append(opened, token)
		now = now.Add(5 * time.Minute)
	}
	if got := len(names(t, path)); got != 5 { // of the minutes 5 to 25
		t.Errorf("%d files: %q", got, names(t, path))
	}
	now = now.Add(-Lifetime)
	s = restarted(t, path, clock)
	for _, token := range opened[3:] {
		refused(t, "one of the time since", ErrUsed, s.Open(t.Context(), token, shown()))
	}
	for _, token := range opened[:2] {
		refused(t, "one that was pruned", ErrExpired, s.Open(t.Context(), token, shown()))
	}
}

// A directory that cannot be trusted, or not be written to, opens nothing. At the start
// the operator reads the reason; later the agent reads that nothing was done.
func TestUntrustedDirectories(t *testing.T) {
	for _, c := range []struct {
		name string
		harm func(path string) error
		want string
	}{
		{"others can read it", func(path string) error { return os.Chmod(path, 0o704) }, "take the permission away: chmod go="},
		{"others can write it", func(path string) error { return os.Chmod(path, 0o720) }, "take the permission away: chmod go="},
		{"a file in its place", func(path string) error {
			return errors.Join(os.RemoveAll(path), os.WriteFile(path, nil, 0o600))
		}, "not a directory"},
	} {
		path := usedDirectory(t)
		running := restarted(t, path, nil)
		var journal bytes.Buffer
		running.Logger = slog.New(slog.NewTextHandler(&journal, nil))
		if err := c.harm(path); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenDirectory(path); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, at the start: %v", c.name, err)
		}
		refused(t, c.name, ErrUnavailable, running.Open(t.Context(), running.Seal(shown()), shown()))
		if !strings.Contains(journal.String(), "level=ERROR") || !strings.Contains(journal.String(), filepath.Base(path)) {
			t.Errorf("%s: the log has %q", c.name, journal.String())
		}
	}
}
