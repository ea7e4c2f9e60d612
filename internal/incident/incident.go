// Package incident records panics that the program survives: the log has what
// happened, and the client an id under which it is found there.
package incident

import (
	"crypto/rand"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
)

// Record logs a recovered panic with its stack and attrs, and returns the id that the
// log has, 16 hexadecimal digits. Words other than the runtime's may hold a part of the
// call, so only their type is told; the stack says where.
func Record(log *slog.Logger, message string, panicked any, attrs ...any) (id string) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // crypto/rand never fails
	id = fmt.Sprintf("%x", random)
	what := fmt.Sprintf("%T", panicked)
	if err, ok := panicked.(runtime.Error); ok {
		what = err.Error()
	}
	log.Error(message, append(attrs, "id", id, "panic", what, "stack", string(debug.Stack()))...)
	return id
}
