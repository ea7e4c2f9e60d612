// Package audit keeps the operator's record of writes: who changed what through
// this server, and with which result. It appends one JSON line per call to a file.
//
// A line is written after its call, since it tells how the call ended. So a process
// that is killed during a call leaves no line. A failed line does not fail its call,
// which PostHog has already carried out; the log says how many lines are missing.
package audit

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"

	"posthog-mcp/internal/private"
)

// Log appends entries to a file. It is safe for concurrent use, and several
// processes may append to the same file. A nil *Log does nothing.
type Log struct {
	path   string
	log    *slog.Logger
	stdout fs.FileInfo // standard output when the log was opened; nil without one

	mu   sync.Mutex
	file io.WriteCloser // nil once closed; an interface so that a test can fill the disk
	info fs.FileInfo    // of file
	// partial means that the file ends inside a line, since the disk was full.
	partial bool
	// missing counts the lines lost since the last successful one.
	missing int
	// reopenFailed means that the path cannot be opened again, and that lines still
	// go to the moved file.
	reopenFailed bool
}

// Open opens the file at path for appending, or creates it for its owner only (mode
// 0600). It refuses a file that other users may read or change, and any other file
// that [private.Check] refuses. It also refuses "-", standard output under another
// name, and anything but a regular file. Later errors go to log; nil drops them.
func Open(path string, log *slog.Logger) (*Log, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l := &Log{path: path, log: log}
	l.stdout, _ = os.Stdout.Stat()
	if err := l.open(); err != nil {
		return nil, err
	}
	return l, nil
}

// Write appends e as one line, in one write. An error means that the line is lost.
// The log has it already, once per series of failures, so the caller need not act.
//
// If the file was moved, the next line starts a new file at the path. If that cannot
// be opened, lines go to the moved file.
func (l *Log) Write(e Entry) error {
	if l == nil {
		return nil
	}
	line := e.line()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return l.lost(os.ErrClosed)
	}
	l.reopenIfMoved()
	if l.partial {
		line = append([]byte{'\n'}, line...)
	}
	n, err := l.file.Write(line)
	l.partial = n < len(line) && (n > 0 || l.partial)
	if err != nil {
		return l.lost(err)
	}
	if l.missing > 0 {
		l.log.Warn("audit lines are written again", slog.Int("missing", l.missing))
		l.missing = 0
	}
	return nil
}

// Close closes the file. Lines written after that are lost.
func (l *Log) Close() error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// lost counts a lost line and returns its error.
func (l *Log) lost(err error) error {
	if l.missing == 0 {
		l.log.Error("audit lines are being lost", slog.Any("error", err))
	}
	l.missing++
	return fmt.Errorf("write the audit line: %w", err)
}

// reopenIfMoved opens the path again if it leads to another file or to none, as
// after a log rotation. Writes are rare, so every one checks.
func (l *Log) reopenIfMoved() {
	if info, err := os.Stat(l.path); err == nil && os.SameFile(info, l.info) {
		l.reopenFailed = false
		return
	}
	err := l.open()
	if err != nil && !l.reopenFailed {
		l.log.Error("the audit file was moved and a new one cannot be opened; lines still go to the moved file", slog.Any("error", err))
	}
	l.reopenFailed = err != nil
}

// open opens the path in place of the present file, unless it leads to standard output.
// It compares with the standard output of the time when the log was opened, since
// os.Stdout may have been redirected since.
func (l *Log) open() error {
	if l.path == "-" {
		return errStdout(`"-"`)
	}
	// Checked before opening, since opening a pipe waits for its reader.
	if info, err := os.Stat(l.path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file: audit lines need one", l.path)
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && os.SameFile(l.stdout, info) {
		err = errStdout(l.path)
	}
	if err = cmp.Or(err, private.Check(file)); err != nil {
		_ = file.Close()
		return err
	}
	if l.file != nil {
		_ = l.file.Close() // nothing is buffered
	}
	l.file, l.info, l.partial = file, info, false
	return nil
}

func errStdout(name string) error {
	return fmt.Errorf("%s is standard output, which carries the protocol: audit lines need a file", name)
}
