// Package audit keeps the operator's record of writes: who changed what
// through this server, and what became of it, as one JSON line per call
// appended to a file.
//
// The record is kept after the call, since it tells how the call ended: a
// process that is killed in between leaves no line. A line that cannot be kept
// never stops a call that PostHog has already acted on; it is in the log that
// lines are missing, and how many.
package audit

import (
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
	// torn says that the file ends inside a line: a full disk took a part of it.
	torn bool
	// missing counts the lines of the present streak of failures; astray says
	// that the path cannot be opened again and lines go to the file that was
	// there.
	missing int
	astray  bool
}

// Open opens the file at path for appending and makes one that only its owner
// may use (mode 0600) where there is none. An existing file that other users may
// read or change is an error, as is what else [private.Check] refuses. The path "-", standard output under another name and what is no regular file,
// such as a directory or a pipe, are errors in words. What goes wrong later is
// told to log; nil means no one.
func Open(path string, log *slog.Logger) (*Log, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l := &Log{path: path, log: log}
	if stdout, err := os.Stdout.Stat(); err == nil {
		l.stdout = stdout
	}
	file, info, err := l.open()
	if err != nil {
		return nil, err
	}
	l.file, l.info = file, info
	return l, nil
}

// Write appends e as one line, in one write. The error says that the line is
// lost, and has gone to the log already, once per streak of failures: a caller
// can do no more about it.
//
// When the file was moved away, the next line starts a new one at the path.
// While that cannot be opened, lines go to the file that was moved.
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
	l.follow()
	if l.torn {
		line = append([]byte{'\n'}, line...)
	}
	n, err := l.file.Write(line)
	l.torn = n < len(line) && (n > 0 || l.torn)
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

// lost counts a line that could not be written.
func (l *Log) lost(err error) error {
	if l.missing == 0 {
		l.log.Error("audit lines are being lost", slog.Any("error", err))
	}
	l.missing++
	return fmt.Errorf("write the audit line: %w", err)
}

// follow opens the path again when it leads to another file, or to none, as it
// does after a rotation of logs. Writes are rare, so it looks at every one.
func (l *Log) follow() {
	if info, err := os.Stat(l.path); err == nil && os.SameFile(info, l.info) {
		l.astray = false
		return
	}
	file, info, err := l.open()
	if err != nil {
		if !l.astray {
			l.log.Error("the audit file was moved and cannot be made again; lines go to where it is now", slog.Any("error", err))
		}
		l.astray = true
		return
	}
	_ = l.file.Close() // nothing is buffered
	l.file, l.info, l.torn, l.astray = file, info, false, false
}

// open opens the path, unless it leads to standard output: that of the time when
// the log was opened, since what prints by itself may be turned elsewhere.
func (l *Log) open() (*os.File, fs.FileInfo, error) {
	path := l.path
	if path == "-" {
		return nil, nil, errStdout(`"-"`)
	}
	// Looked at first: opening a pipe would wait for its reader.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is not a regular file: audit lines need one", path)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && l.stdout != nil && os.SameFile(l.stdout, info) {
		err = errStdout(path)
	}
	if err == nil {
		err = private.Check(file)
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

func errStdout(name string) error {
	return fmt.Errorf("%s is standard output, which carries the protocol: audit lines need a file", name)
}
