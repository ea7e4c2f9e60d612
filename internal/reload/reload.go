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

type value[T any] struct {
	source  Source[T]
	current atomic.Pointer[T]
	seen    [sha256.Size]byte // of the texts of the last read, or of its error
}

// Open reads the files, and again until ctx ends: changes are in use after at most
// [Every]. current returns the T of the last valid state, and is safe for concurrent
// use. If the files cannot be read or parsed later, the log says so once, and only if
// that persists at the next read, since a file may be only half written. An error is
// one of the source's.
func Open[T any](ctx context.Context, s Source[T]) (current func() T, err error) {
	v := &value[T]{source: s}
	if _, err := v.read(); err != nil {
		return nil, err
	}
	go v.watch(ctx)
	return func() T { return *v.current.Load() }, nil
}

func (v *value[T]) watch(ctx context.Context) {
	reported := false // the log has the error of the state seen
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
			reported = false
		case err != nil && !reported:
			reported = true
			v.source.Logger.Error("cannot be used; what was read before stays in force", "file", v.source.Name, "error", err)
		case err == nil && changed:
			v.source.Logger.Info("read again, since it changed", "file", v.source.Name)
		}
	}
}

// read makes the files' state the current one if it is valid, and reports whether it is
// another than at the last read.
func (v *value[T]) read() (changed bool, err error) {
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
