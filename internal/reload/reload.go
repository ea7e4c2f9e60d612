// Package reload follows files that are replaced while the process runs.
//
// It reads them again and again, and does not ask the system for notifications:
// reading works on network drives, and where a link to a folder is swapped, as
// Kubernetes does it, and misses no change.
package reload

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync/atomic"
	"time"
)

// Every is how often the files are read.
const Every = 2 * time.Second

// Source is some files from which a T is parsed.
type Source[T any] struct {
	// Name is what the log calls them.
	Name string
	// Read reads them. The files have changed when their texts have.
	Read func() ([][]byte, error)
	// Parse makes a T of what Read returned. Its error may not repeat secrets: it
	// is logged.
	Parse func(texts [][]byte) (T, error)
	// Logger must not be nil.
	Logger *slog.Logger
}

// Value is the T of the last good state of a [Source]. It is
// safe for concurrent use, Watch apart.
type Value[T any] struct {
	source  Source[T]
	current atomic.Pointer[T]
	seen    state
	// reported says that the log has the error of the state that was seen.
	reported bool
}

// state is what was read: a hash of the texts, or an error's.
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

// Current is the last good state.
func (v *Value[T]) Current() T { return *v.current.Load() }

// Watch follows the files until ctx ends. Changes are in use after [Every] at
// the latest. Where the files cannot be read or parsed, the last good state stays
// in use, and the log says so, once. A file that is only half written has until
// the next reading.
func (v *Value[T]) Watch(ctx context.Context) {
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			v.look()
		case <-ctx.Done():
			return
		}
	}
}

func (v *Value[T]) look() {
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

// read reads and parses once. An error is a state of its own, so that the log has
// the same one once.
func (v *Value[T]) read() (parsed T, seen state, err error) {
	texts, err := v.source.Read()
	if err != nil {
		return parsed, sha256.Sum256([]byte("error: " + err.Error())), err
	}
	hash := sha256.New()
	for _, text := range texts {
		sum := sha256.Sum256(text)
		hash.Write(sum[:])
	}
	parsed, err = v.source.Parse(texts)
	return parsed, state(hash.Sum(nil)), err
}
