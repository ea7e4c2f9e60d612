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

// Record logs a recovered panic with its stack and attrs, and returns the id
// that the log has, 16 hexadecimal digits.
func Record(log *slog.Logger, message string, panicked any, attrs ...any) (id string) {
	var random [8]byte
	_, _ = rand.Read(random[:]) // crypto/rand never fails
	id = fmt.Sprintf("%x", random)
	log.Error(message, append(attrs, "id", id, "panic", describe(panicked), "stack", string(debug.Stack()))...)
	return id
}

// describe says what was panicked with. Words other than the runtime's may hold
// a part of the call, so only their type is told; the stack says where.
func describe(panicked any) string {
	if err, ok := panicked.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", panicked)
}
