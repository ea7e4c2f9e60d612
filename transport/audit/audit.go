// Package audit keeps the operator's record of writes: who changed what through this
// server, and with which result. It appends one JSON line to a file after each call, so
// that a process that is killed during a call leaves none. A failed line does not fail its
// call, which PostHog has already carried out; the log says how many lines are missing.
package audit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"
	"unicode/utf16"

	"posthog-mcp/internal/private"
)

// Log appends entries to a file. It is safe for concurrent use, and several
// processes may append to the same file. A nil *Log does nothing.
type Log struct {
	path   string
	log    *slog.Logger
	stdout fs.FileInfo // standard output when the log was opened; nil without one

	mu      sync.Mutex
	file    io.WriteCloser // nil once closed; an interface so that a test can fill the disk
	info    fs.FileInfo    // of file
	partial bool           // the file ends inside a line, since the disk was full
	missing int            // the lines lost since the last successful one
	moved   bool           // lines go to the moved file, since the path cannot be opened again
}

// Open opens the file at path for appending, or creates it for its owner only (mode
// 0600). It refuses what [private.Check] refuses, such as a file that other users may
// read or change, and standard output. Later errors go to log; nil drops them.
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

// Write appends e as one line, in one write: to a new file at the path if the file was
// moved, or to the moved one if that fails. An error means that the line is lost. The log
// has it already, once per series of failures, so the caller need not act.
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
	l.reopen()
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
	file := l.file
	if l.file = nil; file == nil {
		return nil
	}
	return file.Close()
}

func (l *Log) lost(err error) error {
	if l.missing == 0 {
		l.log.Error("audit lines are being lost", slog.Any("error", err))
	}
	l.missing++
	return fmt.Errorf("write the audit line: %w", err)
}

// reopen opens the path again if it leads to another file or to none, as after a log
// rotation. Writes are rare, so every one checks.
func (l *Log) reopen() {
	info, err := os.Stat(l.path)
	if err != nil || !os.SameFile(info, l.info) {
		err = l.open()
	}
	if err != nil && !l.moved {
		l.log.Error("the audit file was moved and a new one cannot be opened; lines still go to the moved file", slog.Any("error", err))
	}
	l.moved = err != nil
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

// Entry is one write, or an attempt at one. Of the arguments it has only the Target: the
// recipients' domains or channels, without names, or paths, which can be a secret.
type Entry struct {
	Time      time.Time `json:"-"`      // when the call was answered; zero for now
	Caller    string    `json:"caller"` // a name, never a key
	Tool      string    `json:"tool"`
	Target    string    `json:"target"`
	Result    string    `json:"result"`     // an outcome of package engine
	Status    int       `json:"status"`     // PostHog's; 0 for no answer
	RequestID string    `json:"request_id"` // that of the call in other logs
}

// line returns e as a JSON object with every member, and a line feed.
func (e Entry) line() []byte {
	at := cmp.Or(e.Time, time.Now()).UTC()
	object, _ := json.Marshal(struct { // strings and a number cannot fail
		Time string `json:"time"`
		Entry
	}{at.Format("2006-01-02T15:04:05.000Z07:00"), e}) // always as wide, so that lines sort by time
	return append(ascii(object), '\n')
}

// ascii escapes all characters but printable ASCII, so that a terminal shows no
// look-alike, hidden or moved text.
func ascii(object []byte) []byte {
	plain := make([]byte, 0, len(object)+1)
	for _, r := range string(object) {
		if r < 0x7F { // JSON has escaped what is below a space
			plain = append(plain, byte(r))
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			plain = fmt.Appendf(plain, `\u%04x`, unit)
		}
	}
	return plain
}
