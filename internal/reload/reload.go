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

// Open loads a T from files, and again until ctx ends: changes are in use after at most
// [Every]. load returns the texts of the files too; a different text is a change. current
// returns the last valid T, and is safe for concurrent use. If load fails later, log says
// so once, under the name of the files, and only if that persists at the next read, since
// a file may be only half written. An error is one of load's, and must not repeat secrets.
func Open[T any](ctx context.Context, name string, log *slog.Logger, load func() (T, [][]byte, error)) (current func() T, err error) {
	var valid atomic.Pointer[T]
	var seen [sha256.Size]byte // of the last texts and error
	read := func() (changed bool, err error) {
		loaded, texts, err := load()
		now := sha256.Sum256(fmt.Appendf(nil, "%q %v", texts, err))
		changed, seen = now != seen, now
		if err == nil && changed {
			valid.Store(&loaded)
		}
		return changed, err
	}
	if _, err := read(); err != nil {
		return nil, err
	}
	go watch(ctx, log.With("file", name), read)
	return func() T { return *valid.Load() }, nil
}

func watch(ctx context.Context, log *slog.Logger, read func() (changed bool, err error)) {
	reported := false // the log has the error of the state seen
	tick := time.NewTicker(Every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		changed, err := read()
		switch {
		case err != nil && changed:
			reported = false
		case err != nil && !reported:
			reported = true
			log.Error("cannot be used; what was read before stays in force", "error", err)
		case err == nil && changed:
			log.Info("read again, since it changed")
		}
	}
}
