package audit

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatCannotBeOpened(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	write(t, file, "")
	output := filepath.Join(dir, "output")
	stdout, err := os.Create(output)
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	defer func(real *os.File) { os.Stdout = real }(os.Stdout)
	os.Stdout = stdout

	for _, c := range []struct{ path, want string }{
		{"-", `"-" is standard output, which carries the protocol: audit lines need a file`},
		{output, output + " is standard output, which carries the protocol: audit lines need a file"},
		{dir, dir + " is not a regular file: audit lines need one"},
		{os.DevNull, os.DevNull + " is not a regular file: audit lines need one"},
		{filepath.Join(dir, "none", "audit"), "open " + filepath.Join(dir, "none", "audit") + ": "},
		{filepath.Join(file, "audit"), "open " + filepath.Join(file, "audit") + ": "}, // the system's words follow
		{"", "open : "},
	} {
		l, err := Open(c.path, nil)
		if err == nil || l != nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.path, err, c.want)
		}
	}
	if got := read(t, output); got != "" {
		t.Errorf("standard output has %q", got)
	}
}

// The process's original standard output is refused, even after os.Stdout was
// redirected, if the path leads to it after a rotation.
func TestStdoutAfterRotation(t *testing.T) {
	dir := t.TempDir()
	output, path := filepath.Join(dir, "output"), filepath.Join(dir, "audit")
	stdout, err := os.OpenFile(output, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	defer func(real *os.File) { os.Stdout = real }(os.Stdout)
	os.Stdout = stdout
	l, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	os.Stdout = os.Stderr
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(output, path); err != nil {
		t.Fatal(err)
	}
	keep(t, l, sent)
	if got := read(t, output); got != "" {
		t.Errorf("standard output has %q", got)
	}
	if got := read(t, path+".1"); got != sentLine+"\n" {
		t.Errorf("the file that was moved has %q", got)
	}
}

// Only the owner may use a new file. An old one keeps its lines and its mode.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "old")
	write(t, old, "before\n")
	if err := os.Chmod(old, 0o640); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, want string
		mode       os.FileMode
	}{
		{filepath.Join(dir, "new"), sentLine + "\n", 0o600},
		{filepath.Join(dir, "new"), sentLine + "\n" + sentLine + "\n", 0o600},
		{old, "before\n" + sentLine + "\n", 0o640},
	} {
		l, err := Open(c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		keep(t, l, sent)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c.want, read(t, c.path)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.path, d)
		}
		modeIs(t, c.path, c.mode)
	}
}

// A record that other users could read, or change, is refused, and is not
// touched. Windows has no such bits.
func TestOpenToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no permission bits for group and others")
	}
	for mode, taken := range map[os.FileMode]bool{0o600: true, 0o200: true, 0o640: true, 0o644: false, 0o660: false, 0o604: false, 0o602: false, 0o666: false} {
		path := filepath.Join(t.TempDir(), "audit")
		write(t, path, "before\n")
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		l, err := Open(path, nil)
		if taken != (err == nil) || err != nil && !strings.Contains(err.Error(), "chmod g-wx,o= ") {
			t.Errorf("%o: %v", mode, err)
		}
		_ = l.Close()
		modeIs(t, path, mode)
	}
}

// modeIs checks who may use a file. Windows has no such bits.
func modeIs(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want && runtime.GOOS != "windows" {
		t.Errorf("%s has mode %o, want %o", path, got, want)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func keep(t *testing.T, l *Log, e Entry) {
	t.Helper()
	if err := l.Write(e); err != nil {
		t.Error(err)
	}
}
