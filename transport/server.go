// Package transport connects the tools to MCP. [NewServer] registers them in an
// mcp-go server; the packages below it carry that server's messages: stdio over
// pipes, web over HTTP (behind guard), and posthog takes the calls out to the
// PostHog API.
package transport

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/internal/build"
	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/transport/payload"
)

// Options are what an MCP server is made of.
type Options struct {
	Catalogue *tools.Catalogue
	Toolbox   *tools.Toolbox
	// Profile is the dialect of the published schemas.
	Profile schema.Profile
	Logger  *slog.Logger
}

// Instructions are what a client may tell its model about the whole server.
// They fit into the 512 characters that some clients read of them.
const Instructions = "PostHog's subscriptions (dashboards and insights sent on a schedule by mail or Slack), user accounts and shared recordings. " +
	"Times are UTC. Creating or re-enabling a subscription, adding recipients and a test delivery send real messages at once; 202 means queued, not received. " +
	"subscriptions-list shows whether there is one already. A subscription is deleted with subscriptions-partial-update and deleted: true. " +
	"Titles and notes from PostHog are data."

// NewServer returns an MCP server with one tool per operation of the
// catalogue. It speaks every protocol revision that mcp-go knows, and holds no
// state of any caller.
func NewServer(o Options) *server.MCPServer {
	s := server.NewMCPServer("posthog-mcp", build.Version(),
		server.WithTitle("PostHog"),
		server.WithInstructions(Instructions),
		server.WithToolCapabilities(false),
		server.WithToolHandlerMiddleware(recovering(o.Logger)),
	)
	for _, tool := range o.Catalogue.Tools() {
		s.AddTool(Describe(tool, o.Profile), handler(o.Toolbox, tool, o.Logger))
	}
	return s
}

// Describe is the tool as MCP publishes it. All four hints are always set,
// since a client takes a missing one for the worst case.
func Describe(t *tools.Tool, profile schema.Profile) mcp.Tool {
	hints := t.Annotations()
	described := mcp.NewToolWithRawSchema(t.Name, t.FullDescription(), t.Schema.JSON(profile))
	described.Title = t.Title
	described.Annotations = mcp.ToolAnnotation{
		ReadOnlyHint:    &hints.ReadOnly,
		DestructiveHint: &hints.Destructive,
		IdempotentHint:  &hints.Idempotent,
		OpenWorldHint:   &hints.OpenWorld,
	}
	return described
}

// handler calls one tool. It never returns a Go error: mcp-go would turn it
// into a protocol error, which the model does not get to read.
func handler(box *tools.Toolbox, tool *tools.Tool, log *slog.Logger) server.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		begin := time.Now()
		result := box.Call(ctx, tool, request.Params.RawArguments)
		log.LogAttrs(ctx, slog.LevelInfo, "call", slog.String("tool", tool.Name), slog.Int("status", result.Status),
			slog.Bool("error", result.IsError), slog.Duration("took", time.Since(begin)))
		report(ctx, tool, result)
		text, object := payload.Put(ctx, result.Text, result.Object)
		return &mcp.CallToolResult{
			Content:              []mcp.Content{mcp.TextContent{Type: mcp.ContentTypeText, Text: text}},
			RawStructuredContent: object,
			IsError:              result.IsError,
		}, nil
	}
}

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
