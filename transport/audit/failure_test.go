package audit

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// disk keeps the bytes of a file while there is room.
type disk struct {
	bytes.Buffer
	room   int
	writes int
}

func (d *disk) Write(p []byte) (int, error) {
	d.writes++
	if len(p) <= d.room {
		d.room -= len(p)
		return d.Buffer.Write(p)
	}
	n, _ := d.Buffer.Write(p[:d.room])
	d.room = 0
	return n, syscall.ENOSPC
}

func (*disk) Close() error { return nil }

// fill puts a full disk under a log.
func fill(l *Log) *disk {
	l.file.Close()
	d := &disk{}
	l.file = d
	return d
}

// Each row writes one line to a disk with that much room. Whole lines stay whole,
// and the log says when a series of failures begins and ends.
func TestFullDisk(t *testing.T) {
	const (
		lost  = "level=ERROR msg=\"audit lines are being lost\"\n"
		again = "level=WARN msg=\"audit lines are written again\" missing="
		plain = len(sentLine) + 1
	)
	log, out := logged()
	l, err := Open(filepath.Join(t.TempDir(), "audit"), log)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := fill(l)
	for i, c := range []struct {
		room      int
		err       error
		kept, log string
	}{
		{plain, nil, sentLine + "\n", ""},
		{0, syscall.ENOSPC, "", lost},
		{0, syscall.ENOSPC, "", ""},
		{plain, nil, sentLine + "\n", again + "2\n"},
		{7, syscall.ENOSPC, sentLine[:7], lost},
		{0, syscall.ENOSPC, "", ""},
		{3, syscall.ENOSPC, "\n" + sentLine[:2], ""},
		{1 + plain, nil, "\n" + sentLine + "\n", again + "3\n"},
		{plain, nil, sentLine + "\n", ""},
		{plain - 1, syscall.ENOSPC, sentLine, lost},
		{1 + plain, nil, "\n" + sentLine + "\n", again + "1\n"},
	} {
		d.Reset()
		out.Reset()
		d.room, d.writes = c.room, 0
		err := l.Write(sent)
		if d := cmp.Diff(c.err, err, cmpopts.EquateErrors()); d != "" {
			t.Errorf("line %d: error (-want +got):\n%s", i, d)
		}
		if d := cmp.Diff([]string{c.kept, c.log}, []string{d.String(), out.String()}); d != "" {
			t.Errorf("line %d: kept, log (-want +got):\n%s", i, d)
		}
		if d.writes != 1 {
			t.Errorf("line %d: %d writes", i, d.writes)
		}
	}
}

// After a partial line, a new file begins with a whole line.
func TestRotatedFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit")
	l, err := Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	fill(l).room = 7
	if err := l.Write(sent); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	keep(t, l, sent)
	keep(t, l, sent)
	if d := cmp.Diff(sentLine+"\n"+sentLine+"\n", read(t, path)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// A closed Log reports the lines it loses; a nil one does nothing. Neither logs
// anything of an entry.
func TestClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit")
	log, out := logged()
	l, err := Open(path, log)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := l.Write(sent); !errors.Is(err, os.ErrClosed) || strings.Contains(err.Error(), sent.Caller) {
			t.Errorf("written to a closed log: %v", err)
		}
	}
	if got := read(t, path); got != "" {
		t.Errorf("the file has %q", got)
	}
	if d := cmp.Diff("level=ERROR msg=\"audit lines are being lost\"\n", out.String()); d != "" {
		t.Errorf("log (-want +got):\n%s", d)
	}

	var none *Log
	keep(t, none, sent)
	if err := none.Close(); err != nil {
		t.Error(err)
	}
}
