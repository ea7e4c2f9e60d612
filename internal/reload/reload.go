// Package reload follows files that are replaced while the process runs.
//
// It polls the files instead of asking the system for notifications. Polling misses
// no change, and works on network drives and with a replaced link to a folder, as
// Kubernetes uses it.
package reload

import (
	"context"
	"crypto/sha256"
	"fmt"
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
	source   Source[T]
	current  atomic.Pointer[T]
	seen     [sha256.Size]byte // of the texts of the last read, or of its error
	reported bool              // the log has the error of the state seen
}

// Open reads the files for the first time. An error is one of the source's.
func Open[T any](s Source[T]) (*Value[T], error) {
	v := &Value[T]{source: s}
	if _, err := v.read(); err != nil {
		return nil, err
	}
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
		case <-ctx.Done():
			return
		}
		changed, err := v.read()
		switch {
		case err != nil && changed:
			v.reported = false
		case err != nil && !v.reported:
			v.reported = true
			v.source.Logger.Error("cannot be used; what was read before stays in force", "file", v.source.Name, "error", err)
		case err == nil && changed:
			v.source.Logger.Info("read again, since it changed", "file", v.source.Name)
		}
	}
}

// read makes the files' state the current one if it is valid, and reports whether it is
// another than at the last read.
func (v *Value[T]) read() (changed bool, err error) {
	var parsed T
	texts, err := v.source.Read()
	if err == nil {
		parsed, err = v.source.Parse(texts)
	}
	seen := sha256.Sum256(fmt.Appendf(nil, "%q %v", texts, err))
	changed, v.seen = seen != v.seen, seen
	if err == nil && changed {
		v.current.Store(&parsed)
	}
	return changed, err
}
