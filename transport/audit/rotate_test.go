package audit

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// logged returns a logger and its output: a level and a message per line.
func logged() (*slog.Logger, *bytes.Buffer) {
	var out bytes.Buffer
	return slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "error" { // the system's words
			return slog.Attr{}
		}
		return a
	}})), &out
}

func entry(n int) Entry { return Entry{Time: sent.Time, RequestID: fmt.Sprint(n)} }

// ids returns the request ids in files. All lines must be whole.
func ids(t *testing.T, paths ...string) []string {
	t.Helper()
	var found []string
	for _, path := range paths {
		for line := range strings.Lines(read(t, path)) {
			found = append(found, members(t, []byte(line))["request_id"].(string))
		}
	}
	return found
}

// Line 1 is written, something happens to the file, line 2 is written.
func TestRotation(t *testing.T) {
	for _, c := range []struct {
		name   string
		happen func(path string) error
		want   map[string][]string // by file
		log    string
	}{
		{"nothing", func(string) error { return nil }, map[string][]string{"audit": {"1", "2"}}, ""},
		{"moved", func(path string) error { return os.Rename(path, path+".1") }, map[string][]string{"audit": {"2"}, "audit.1": {"1"}}, ""},
		{"removed", os.Remove, map[string][]string{"audit": {"2"}}, ""},
		{"cut off", func(path string) error { return os.Truncate(path, 0) }, map[string][]string{"audit": {"2"}}, ""},
		{
			"moved, and a new one made",
			func(path string) error {
				if err := os.Rename(path, path+".1"); err != nil {
					return err
				}
				return os.WriteFile(path, nil, 0o600)
			},
			map[string][]string{"audit": {"2"}, "audit.1": {"1"}}, "",
		},
		{
			"a directory in its place",
			func(path string) error {
				if err := os.Rename(path, path+".1"); err != nil {
					return err
				}
				return os.Mkdir(path, 0o700)
			},
			map[string][]string{"audit.1": {"1", "2"}},
			"level=ERROR msg=\"the audit file was moved and a new one cannot be opened; lines still go to the moved file\"\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "audit")
			log, out := logged()
			l, err := Open(path, log)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			keep(t, l, entry(1))
			if err := c.happen(path); err != nil {
				t.Fatal(err)
			}
			keep(t, l, entry(2))
			for name, want := range c.want {
				file := filepath.Join(filepath.Dir(path), name)
				if d := cmp.Diff(want, ids(t, file)); d != "" {
					t.Errorf("%s (-want +got):\n%s", name, d)
				}
				modeIs(t, file, 0o600)
			}
			if d := cmp.Diff(c.log, out.String()); d != "" {
				t.Errorf("log (-want +got):\n%s", d)
			}
		})
	}
}

// While the path cannot be opened, lines go to the old file, and the log says so
// once per incident.
func TestWayBack(t *testing.T) {
	dir := t.TempDir()
	logs := filepath.Join(dir, "logs")
	path := filepath.Join(logs, "audit")
	moved := func(from, to string) func() error { return func() error { return os.Rename(from, to) } }
	made := func() error { return os.Mkdir(logs, 0o700) }
	if err := made(); err != nil {
		t.Fatal(err)
	}
	log, out := logged()
	l, err := Open(path, log)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	for i, step := range []struct {
		happen func() error
		told   int // how often the log has said it
	}{
		{moved(logs, a), 1}, {nil, 1}, {moved(a, logs), 1}, // the file is back
		{moved(logs, a), 2}, {nil, 2}, {made, 2}, // a new file
		{moved(logs, b), 3}, {made, 3}, {moved(logs, c), 4}, {moved(c, logs), 4},
	} {
		if step.happen != nil {
			if err := step.happen(); err != nil {
				t.Fatal(err)
			}
		}
		keep(t, l, entry(i))
		if got := strings.Count(out.String(), "lines still go to the moved file"); got != step.told {
			t.Errorf("line %d: told %d times, want %d", i, got, step.told)
		}
	}
	for file, want := range map[string][]string{
		filepath.Join(a, "audit"): {"0", "1", "2", "3", "4"}, filepath.Join(b, "audit"): {"5", "6"}, path: {"7", "8", "9"},
	} {
		if d := cmp.Diff(want, ids(t, file)); d != "" {
			t.Errorf("%s (-want +got):\n%s", file, d)
		}
	}
	if got := strings.Count(out.String(), "\n"); got != 4 {
		t.Errorf("log:\n%s", out)
	}
}

// Two processes write many calls at once while the file is moved again and again.
// Each line is whole, in exactly one of the files.
func TestConcurrentWriters(t *testing.T) {
	const writers, lines = 8, 100
	path := filepath.Join(t.TempDir(), "audit")
	var processes [2]*Log
	for i := range processes {
		l, err := Open(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		processes[i] = l
	}
	var wg sync.WaitGroup
	files := []string{path}
	for writer := range writers {
		wg.Go(func() {
			for i := range lines {
				keep(t, processes[writer%len(processes)], entry(writer*lines+i))
			}
		})
	}
	wg.Go(func() {
		for i := range 5 {
			moved := fmt.Sprintf("%s.%d", path, i)
			if os.Rename(path, moved) == nil {
				files = append(files, moved)
			}
		}
	})
	wg.Wait()
	keep(t, processes[0], entry(writers*lines)) // so that there is a file at the path
	seen := map[string]int{}
	for _, id := range ids(t, files...) {
		seen[id]++
	}
	want := map[string]int{}
	for id := range writers*lines + 1 {
		want[fmt.Sprint(id)] = 1
	}
	if d := cmp.Diff(want, seen); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
