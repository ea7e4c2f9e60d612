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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/lockedfile"
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
	file, err := OpenFile(path)
	if err != nil {
		return err
	}
	s, err := New([]byte(fakeSecret), nil)
	if err != nil {
		return err
	}
	s.Used = file
	return s.Open(context.Background(), token, shown())
}

// restarted returns a sealer as after a restart: with the same secret and file.
func restarted(t testing.TB, path string, now func() time.Time) *Sealer {
	t.Helper()
	s := sealer(t, fakeSecret, now)
	file, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s.Used = file
	return s
}

func usedFile(t testing.TB) string { return filepath.Join(t.TempDir(), "state.key.used") }

// A token is good once, before and after any number of restarts.
func TestRestart(t *testing.T) {
	path := usedFile(t)
	first := restarted(t, path, nil)
	token, second := first.Seal(shown()), first.Seal(shown())
	refused(t, "first", nil, first.Open(t.Context(), token, shown()))
	for range 3 {
		s := restarted(t, path, nil)
		refused(t, "after a restart", ErrUsed, s.Open(t.Context(), token, shown()))
	}
	refused(t, "another token after a restart", nil, restarted(t, path, nil).Open(t.Context(), second, shown()))
	refused(t, "that one again, where it was made", ErrUsed, first.Open(t.Context(), second, shown()))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(info.Mode(), " ", info.Size()), fmt.Sprint("-rw------- ", 3*recordSize); got != want {
		t.Errorf("the file is %s, want %s", got, want)
	}
}

// If several processes open one token at the same time, one succeeds.
func TestProcesses(t *testing.T) {
	path := usedFile(t)
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
func TestConcurrentFiles(t *testing.T) {
	path := usedFile(t)
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

// A process that ended in the middle of a record had not opened its token. The
// records before it count, and the next record overwrites the partial one.
func TestTornRecord(t *testing.T) {
	for length := range recordSize {
		path := usedFile(t)
		s := restarted(t, path, nil)
		token, torn, next := s.Seal(shown()), s.Seal(shown()), s.Seal(shown())
		refused(t, "before", nil, s.Open(t.Context(), token, shown()))
		refused(t, "torn", nil, s.Open(t.Context(), torn, shown()))
		if err := os.Truncate(path, int64(2*recordSize+length)); err != nil {
			t.Fatal(err)
		}
		s = restarted(t, path, nil)
		refused(t, "next", nil, s.Open(t.Context(), next, shown()))
		for _, c := range []struct {
			name, token string
			want        error
		}{{"before", token, ErrUsed}, {"next", next, ErrUsed}, {"torn", torn, nil}} {
			refused(t, fmt.Sprintf("cut after %d bytes: %s", length, c.name), c.want, restarted(t, path, nil).Open(t.Context(), c.token, shown()))
		}
	}
}

// clockwork is a clock that tests set.
type clockwork struct{ now time.Time }

func (c *clockwork) time() time.Time { return c.now }

// crowded makes a file with one expired record too many, so that the next opened
// token prunes it. It returns tokens that have not expired.
func crowded(t *testing.T, path string, clock *clockwork) (s *Sealer, tokens []string) {
	t.Helper()
	s = restarted(t, path, clock.time)
	open := func(n int) (tokens []string) {
		for range n {
			tokens = append(tokens, s.Seal(shown()))
			refused(t, "a new token", nil, s.Open(t.Context(), tokens[len(tokens)-1], shown()))
		}
		return tokens
	}
	open(mostExpired)
	clock.now = clock.now.Add(time.Second)
	open(1)
	clock.now = clock.now.Add(Lifetime - time.Second)
	tokens = open(20)
	clock.now = clock.now.Add(time.Second)
	return s, tokens
}

// Pruning removes many expired records and no other one, even if the process ends
// at any point of it.
func TestPruning(t *testing.T) {
	path, clock := usedFile(t), &clockwork{time.Unix(1_800_000_000, 0)}
	s, tokens := crowded(t, path, clock)
	before := contents(t, path)
	refused(t, "one more", nil, s.Open(t.Context(), s.Seal(shown()), shown()))
	after := contents(t, path)
	if want := [2]int{(1 + mostExpired + 1 + 20) * recordSize, (1 + 20 + 1) * recordSize}; want != [2]int{len(before), len(after)} {
		t.Fatalf("%d bytes before pruning and %d after, want %d", len(before), len(after), want)
	}
	for written := 0; written <= len(after); written += 5 {
		torn := append(bytes.Clone(after[:written]), before[written:]...)
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		known, err := readRecords(file)
		if err != nil {
			t.Fatalf("after %d bytes: %v", written, err)
		}
		for record := range strings.Lines(string(after[recordSize : (1+len(tokens))*recordSize])) {
			if expires, id := parse([]byte(record)); known.take(id, expires, clock.now.Unix()) == nil {
				t.Fatalf("after %d bytes, %q is forgotten", written, record)
			}
		}
		_ = file.Close()
	}
	// If the clock goes back, no pruned token is valid again, opened or not.
	if err := os.WriteFile(path, after, 0o600); err != nil {
		t.Fatal(err)
	}
	clock.now = clock.now.Add(-Lifetime)
	old := s.Seal(shown())
	refused(t, "one of the time that was pruned", ErrExpired, restarted(t, path, clock.time).Open(t.Context(), old, shown()))
	refused(t, "one that was opened later", ErrUsed, restarted(t, path, clock.time).Open(t.Context(), tokens[0], shown()))
}

func contents(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// However many tokens are opened, the file stays small.
func TestFileIsBounded(t *testing.T) {
	path, clock := usedFile(t), &clockwork{time.Unix(1_800_000_000, 0)}
	var content strings.Builder
	fmt.Fprintf(&content, recordFormat, 0, noID)
	for i := range mostInFile + mostExpired {
		fmt.Fprintf(&content, recordFormat, clock.now.Unix()+300+int64(i)/64, fmt.Sprintf("%024x", i))
	}
	if err := os.WriteFile(path, []byte(content.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := restarted(t, path, clock.time)
	for range 2 {
		refused(t, "a new one", nil, s.Open(t.Context(), s.Seal(shown()), shown()))
	}
	if n := len(contents(t, path)); n > (1+mostInFile+mostExpired)*recordSize {
		t.Errorf("%d bytes", n)
	}
	file, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]error{0: ErrExpired, mostInFile - 1: ErrUsed} {
		expires := clock.now.Add(300*time.Second + time.Duration(i/64)*time.Second)
		refused(t, fmt.Sprint("record ", i), want, file.Use(t.Context(), fmt.Sprintf("%024x", i), expires, clock.now))
	}
}

// A damaged file opens nothing. At the start the operator reads the reason; later
// the agent reads that nothing was done.
func TestUntrustedFiles(t *testing.T) {
	whole := fmt.Sprintf(recordFormat, 0, noID)
	for _, c := range []struct {
		name, content string
		mode          os.FileMode
		want          string
	}{
		{"another file", "a secret of somebody's, in more than forty bytes\n", 0o600, "is damaged, so what it remembers cannot be trusted; remove it: confirmations of the last 10 minutes can then be used again"},
		{"a damaged record", whole + strings.Replace(whole, "-", "x", 1), 0o600, "is damaged"},
		{"too long", strings.Repeat(whole, mostInFile+mostExpired+3), 0o600, "is damaged"},
		{"others can read it", whole, 0o604, "take the permission away: chmod g-wx,o="},
		{"others can write it", whole, 0o620, "take the permission away: chmod g-wx,o="},
	} {
		path := usedFile(t)
		running := restarted(t, path, nil)
		var journal bytes.Buffer
		running.Logger = slog.New(slog.NewTextHandler(&journal, nil))
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := OpenFile(path)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s, at the start: %v", c.name, err)
		}
		refused(t, c.name, ErrUnavailable, running.Open(t.Context(), running.Seal(shown()), shown()))
		if !strings.Contains(journal.String(), "level=ERROR") || !strings.Contains(journal.String(), filepath.Base(path)) {
			t.Errorf("%s: the log has %q", c.name, journal.String())
		}
	}
}

// A file that another process keeps locked opens no token and uses none up. A
// caller waits no longer than its context allows.
func TestLockedFile(t *testing.T) {
	path := usedFile(t)
	s := restarted(t, path, nil)
	token := s.Seal(shown())
	locked, err := lockedfile.Edit(path)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			refused(t, "while it is locked", ErrUnavailable, s.Open(ctx, token, shown()))
		})
	}
	wg.Wait()
	if err := locked.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, "afterwards", nil, s.Open(t.Context(), token, shown()))
}
