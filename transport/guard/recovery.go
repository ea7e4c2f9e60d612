package guard

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
)

// recoverPanic is deferred around everything. The client gets an id and the
// log the stack under the same id; [http.ErrAbortHandler] passes.
func (g *gate) recoverPanic(w *response, r *http.Request) {
	p := recover()
	if p == nil {
		return
	}
	if p == http.ErrAbortHandler { //nolint:errorlint // net/http compares the panic's value so too
		panic(p)
	}
	id := newID()
	g.log.ErrorContext(r.Context(), "panic in an HTTP handler",
		"id", id, "panic", describe(p), "method", cut(r.Method), "path", cut(r.URL.Path),
		"client", ClientOf(r.Context()).Addr, "stack", string(debug.Stack()))
	if w.committed.Load() {
		// Half an answer must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	w.reset()
	(&refusal{
		status:  http.StatusInternalServerError,
		code:    "internal_error",
		message: "The server failed on this request. Its log says more under this id.",
		id:      id,
	}).write(w)
}

// describe says what was panicked with. Texts other than the runtime's own may
// hold a part of the request, so only their type is told; the stack says where.
func describe(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", p)
}

func newID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // it never fails, says its documentation
	return hex.EncodeToString(id[:])
}
