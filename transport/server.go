// Package transport connects the tools to MCP. [NewServer] registers them in an
// mcp-go server; the packages below it carry that server's messages: stdio over
// pipes, web over HTTP (behind guard), and posthog takes the calls out to the
// PostHog API.
package transport

import (
	"log/slog"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/transport/audit"
	"posthog-mcp/transport/guide"
)

// Options are what an MCP server is made of.
type Options struct {
	Catalogue *tools.Catalogue
	Toolbox   *tools.Toolbox
	// Profile is the dialect of the published schemas; empty chooses it by what
	// each client says it is.
	Profile schema.Profile
	// Usable narrows what is listed to what the caller's key can do; nil lists
	// everything.
	Usable Usable
	// ShortNames publishes [tools.Tool.ShortName] in the place of names. Calls take
	// both in any case.
	ShortNames bool
	// Watch is told of every call; nil tells nobody.
	Watch server.ToolHandlerMiddleware
	// Audit is the operator's record of writes; nil keeps none.
	Audit  *audit.Log
	Logger *slog.Logger
}

// NewServer returns an MCP server with one tool per operation of the
// catalogue. It speaks every protocol revision that mcp-go knows, and holds no
// state of any caller.
func NewServer(o Options) *server.MCPServer {
	listing := newOffer(o)
	hooks := &server.Hooks{}
	hooks.AddAfterListTools(listing.list)
	hooks.AddBeforeCallTool(byName(o.Catalogue))
	introduce(hooks)
	expire(hooks, o.Usable)
	words, self := o.words(), identity()
	guidance := guide.New(guide.Config{Catalogue: o.Catalogue, Toolbox: o.Toolbox, Words: words, Called: report, Logger: o.Logger})
	s := server.NewMCPServer(self.Name, self.Version, append(append(guidance.Options(), cacheHints()...),
		server.WithTitle(self.Title),
		server.WithInstructions(words(Instructions(o.Catalogue, o.Toolbox))),
		server.WithToolCapabilities(false),
		server.WithHooks(hooks),
	)...)
	if o.Watch != nil {
		s.Use(o.Watch)
	}
	for _, tool := range o.Catalogue.Tools() {
		h := &handler{tool: tool, box: o.Toolbox, audit: o.Audit, log: o.Logger}
		if o.ShortNames && renames(tool) {
			h.words = words
		}
		s.AddTool(Describe(tool, schema.Standard), h.call)
	}
	guidance.Register(s)
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
