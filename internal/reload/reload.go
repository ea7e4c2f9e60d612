// Package reload follows files that are replaced while the process runs.
//
// It polls the files instead of asking the system for notifications. Polling misses
// no change, and works on network drives and with a replaced link to a folder, as
// Kubernetes uses it.
package reload

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"sync/atomic"
	"time"
)

// Every is how often the files are read.
const Every = 2 * time.Second

// Source is a set of files from which a T is parsed.
type Source[T any] struct {
	// Name is the name of the files in the log.
	Name string
	// Read returns the texts of the files. A different text is a change.
	Read func() ([][]byte, error)
	// Parse parses the texts. Its error is logged and must not repeat secrets.
	Parse func(texts [][]byte) (T, error)
	// Logger must not be nil.
	Logger *slog.Logger
}

// Value holds the T of the last valid state of a [Source]. It is safe for concurrent
// use, except for Watch.
type Value[T any] struct {
	source  Source[T]
	current atomic.Pointer[T]
	seen    state
	// reported means that the log has the error of the state seen.
	reported bool
}

// state identifies the result of a read: a hash of the texts, or of the error.
type state [sha256.Size]byte

// Open reads the files for the first time. An error is one of the source's.
func Open[T any](s Source[T]) (*Value[T], error) {
	v := &Value[T]{source: s}
	parsed, seen, err := v.read()
	if err != nil {
		return nil, err
	}
	v.current.Store(&parsed)
	v.seen = seen
	return v, nil
}

// Current returns the T of the last valid state.
func (v *Value[T]) Current() T { return *v.current.Load() }

// Watch polls the files until ctx ends. Changes are in use after at most [Every]. If
// the files cannot be read or parsed, the last valid state stays in use, and the log
// says so once. The error is logged only if it persists at the next read, since a
// file may be only half written.
func (v *Value[T]) Watch(ctx context.Context) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			v.poll()
		case <-ctx.Done():
			return
		}
	}
}

func (v *Value[T]) poll() {
	parsed, seen, err := v.read()
	changed := seen != v.seen
	v.seen = seen
	switch {
	case err != nil && changed:
		v.reported = false
	case err != nil && !v.reported:
		v.reported = true
		v.source.Logger.Error("cannot be used; what was read before stays in force", "file", v.source.Name, "error", err)
	case err == nil && changed:
		v.current.Store(&parsed)
		v.source.Logger.Info("read again, since it changed", "file", v.source.Name)
	}
}

// read reads and parses once. An error is a state of its own, so that the same error
// is logged only once.
func (v *Value[T]) read() (parsed T, seen state, err error) {
	texts, err := v.source.Read()
	if err != nil {
		return parsed, sha256.Sum256([]byte("error: " + err.Error())), err
	}
	parsed, err = v.source.Parse(texts)
	return parsed, sha256.Sum256(bytes.Join(texts, []byte{0})), err
}
