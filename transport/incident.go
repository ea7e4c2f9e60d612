package transport

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// recovering answers a panic with a sentence and an id; what happened is for
// the log. mcp-go's own recovery puts the panic's text into the answer.
func recovering(log *slog.Logger) server.ToolHandlerMiddleware {
	return func(next server.ToolHandlerFunc) server.ToolHandlerFunc {
		return func(ctx context.Context, request mcp.CallToolRequest) (result *mcp.CallToolResult, err error) {
			defer func() {
				if p := recover(); p != nil {
					id := Incident(log, "tool "+request.Params.Name, p)
					result, err = mcp.NewToolResultError(InternalError(id)), nil
				}
			}()
			return next(ctx, request)
		}
	}
}

// Incident logs a recovered panic with its stack, and returns the id under
// which it is found.
func Incident(log *slog.Logger, where string, panicked any) string {
	var random [8]byte
	_, _ = rand.Read(random[:]) // crypto/rand never fails
	id := hex.EncodeToString(random[:])
	log.Error("panic", "id", id, "where", where, "panic", describe(panicked), "stack", string(debug.Stack()))
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

// InternalError is what a client reads of an incident.
func InternalError(id string) string {
	return "Internal error in posthog-mcp; whether the call took effect is unknown. Its log has the details under the id " + id + "."
}
