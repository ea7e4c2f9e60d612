//go:build unix

package pollable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"posthog-mcp/internal/pollable"
)

// blocking is a pipe, or a pair of sockets, as a process is born with it.
func blocking(t *testing.T, sockets bool) (reading, writing *os.File) {
	var ends [2]int
	var err error
	if sockets {
		ends, err = syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	} else {
		err = syscall.Pipe(ends[:])
	}
	if err != nil {
		t.Fatal(err)
	}
	reading, writing = os.NewFile(uintptr(ends[0]), "reading"), os.NewFile(uintptr(ends[1]), "writing")
	t.Cleanup(func() { _, _ = reading.Close(), writing.Close() })
	return reading, writing
}

// A read through the poller is one that a deadline can end: that is how it is
// told from one that blocks. What is undone blocks again.
func TestReadsThatWaitInThePoller(t *testing.T) {
	for name, sockets := range map[string]bool{"a pipe": false, "a socket": true} {
		t.Run(name, func(t *testing.T) {
			in, writing := blocking(t, sockets)
			if err := in.SetReadDeadline(time.Now()); !errors.Is(err, os.ErrNoDeadline) {
				t.Fatalf("it does not block to begin with: %v", err)
			}
			out, undo, ok := pollable.Reader(in)
			if !ok {
				t.Fatal("left as it was")
			}
			file := out.(*os.File)
			if err := file.SetReadDeadline(time.Now()); err != nil {
				t.Fatal(err)
			}
			if _, err := file.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("read past the deadline: %v", err)
			}
			_ = file.SetReadDeadline(time.Time{})

			if _, err := io.WriteString(writing, "line\n"); err != nil {
				t.Fatal(err)
			}
			got := make([]byte, 5)
			if _, err := io.ReadFull(out, got); err != nil || string(got) != "line\n" {
				t.Fatalf("read %q: %v", got, err)
			}

			ended := make(chan error)
			go func() { _, err := out.Read(got); ended <- err }()
			undo()
			if err := <-ended; !errors.Is(err, os.ErrClosed) {
				t.Fatalf("the read that waited ended with %v", err)
			}
			flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, in.Fd(), syscall.F_GETFL, 0)
			if errno != 0 || flags&syscall.O_NONBLOCK != 0 {
				t.Fatalf("the mode is still %#o (%v)", flags, errno)
			}
			if _, err := io.WriteString(writing, "rest\n"); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(in, got); err != nil || string(got) != "rest\n" {
				t.Fatalf("read %q from what it was: %v", got, err)
			}
		})
	}
}

// A pipe that was not blocking before is not blocking afterwards.
func TestPollableAlready(t *testing.T) {
	in, _, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, undo, ok := pollable.Reader(in)
	undo()
	if !ok || out != io.Reader(in) || in.SetReadDeadline(time.Now()) != nil {
		t.Fatalf("%v, %v", out, ok)
	}
}

// What is no pipe stays as it is.
func TestOthersStayAsTheyAre(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	closed, _ := blocking(t, false)
	_ = closed.Close()
	both, _ := blocking(t, true)
	for name, in := range map[string]io.Reader{
		"a file": file, "a closed pipe": closed, "no file": strings.NewReader("x"), "a socket that is also written to": both,
	} {
		out, undo, ok := pollable.Reader(in, io.Discard, both)
		if ok || out != in {
			t.Errorf("%s: %v, %v", name, out, ok)
		}
		undo()
	}
}
