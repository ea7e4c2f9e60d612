// Package transport connects the tools to MCP. [NewServer] registers them in an
// mcp-go server; the packages below it carry that server's messages: stdio over
// pipes, web over HTTP (behind guard), and posthog takes the calls out to the
// PostHog API.
package transport

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/internal/build"
	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/audit"
	"posthog-mcp/transport/guide"
)

// Options are what an MCP server is made of.
type Options struct {
	Catalogue *engine.Catalogue
	Toolbox   *engine.Toolbox
	// Profile is the dialect of the published schemas; empty chooses it by what
	// each client says it is.
	Profile schema.Profile
	// Usable narrows what is listed to what the key of the caller of ctx can do. It
	// returns nil where that cannot be told. A nil Usable lists everything.
	Usable func(ctx context.Context) func(*engine.Tool) bool
	// ShortNames publishes [engine.Tool.ShortName] in the place of names. Calls take
	// both in any case.
	ShortNames bool
	Watch      server.ToolHandlerMiddleware // is told of every call; nil tells nobody
	Audit      *audit.Log                   // the operator's record of writes; nil keeps none
	Logger     *slog.Logger

	words func(string) string // puts the published names of tools into a text for agents
}

// NewServer returns an MCP server with one tool per operation of the
// catalogue. It speaks every protocol revision that mcp-go knows, and holds no
// state of any caller.
func NewServer(o Options) *server.MCPServer {
	self := identity()
	o.words = strings.Clone
	if o.ShortNames {
		o.words = o.Catalogue.Shortener().Replace
	}
	guidance := guide.New(guide.Config{Catalogue: o.Catalogue, Toolbox: o.Toolbox, Words: o.words, Called: report, Logger: o.Logger})
	options := append(guidance.Options(),
		server.WithTitle(self.Title),
		server.WithInstructions(o.words(Instructions(o.Catalogue, o.Toolbox))),
		server.WithToolCapabilities(false),
		server.WithHooks(o.hooks()),
	)
	for method, scope := range holds {
		options = append(options, server.WithMethodCacheHints(method, lifetime.Milliseconds(), scope))
	}
	s := server.NewMCPServer(self.Name, self.Version, options...)
	if o.Watch != nil {
		s.Use(o.Watch)
	}
	for _, tool := range o.Catalogue.Tools() {
		h := &handler{o, tool}
		s.AddTool(Describe(tool, schema.Standard), h.call)
	}
	guidance.Register(s)
	return s
}

// Describe is the tool as MCP publishes it. All four hints are always set,
// since a client takes a missing one for the worst case.
func Describe(t *engine.Tool, profile schema.Profile) mcp.Tool {
	hints := t.Annotations()
	described := mcp.NewToolWithRawSchema(t.Name, t.Description, t.Schema.JSON(profile))
	described.Title = t.Title
	described.Annotations = mcp.ToolAnnotation{
		ReadOnlyHint:    &hints.ReadOnly,
		DestructiveHint: &hints.Destructive,
		IdempotentHint:  &hints.Idempotent,
		OpenWorldHint:   &hints.OpenWorld,
	}
	return described
}

// identity is what a client can show of this server. The icon is a link, as no client
// can ask for one that needs no network; one that shows none fetches none.
func identity() mcp.Implementation {
	return mcp.Implementation{
		Name: "posthog-mcp", Version: build.Version(), Title: "PostHog",
		Description: "PostHog's subscriptions, users and the sharing of recordings, for AI agents.",
		WebsiteURL:  "https://posthog.com/docs/api",
		Icons:       []mcp.Icon{{Src: "https://posthog.com/brand/posthog-logomark.svg", MIMEType: "image/svg+xml", Sizes: []string{"any"}}},
	}
}

// lifetime is how long a client may keep what does not change while this process
// lives: after an update it is as long in the wrong.
const lifetime = time.Hour

// holds are the results that hold so long, and for whom: a list depends on the caller,
// who may be offered a part of it. What is read of PostHog does not hold.
// Source: the MCP specification of 2026-07-28, Caching.
var holds = map[mcp.MCPMethod]mcp.CacheScope{
	mcp.MethodServerDiscover:         mcp.CacheScopePublic,
	mcp.MethodResourcesList:          mcp.CacheScopePublic,
	mcp.MethodResourcesTemplatesList: mcp.CacheScopePrivate,
	mcp.MethodPromptsList:            mcp.CacheScopePrivate,
	mcp.MethodToolsList:              mcp.CacheScopePrivate,
}

// hooks change mcp-go's requests and results.
func (o Options) hooks() *server.Hooks {
	h := &server.Hooks{}
	h.AddAfterListTools(o.offer())
	// A call by an alias gets the tool's own name before anything else sees it.
	h.AddBeforeCallTool(func(_ context.Context, _ any, request *mcp.CallToolRequest) {
		if t := o.Catalogue.Tool(request.Params.Name); t != nil {
			request.Params.Name = t.Name
		}
	})
	// The handshake and server/discover tell the whole identity, where the revision has
	// it. Every other result of 2026-07-28 repeats the name and the version alone, so
	// mcp-go does not know the rest.
	h.AddAfterInitialize(func(_ context.Context, _ any, _ *mcp.InitializeRequest, result *mcp.InitializeResult) {
		if result.ProtocolVersion >= mcp.ProtocolVersion20251125 {
			result.ServerInfo = identity()
		}
	})
	h.AddAfterDiscover(func(_ context.Context, _ any, _ *mcp.DiscoverRequest, result *mcp.DiscoverResult) {
		result.EnsureResultMeta().SetServerInfo(identity())
	})
	// A list does not hold if it can change: the operator can edit the limits of a token,
	// and with Usable, the caller the scopes of their key.
	h.AddOnSuccess(func(ctx context.Context, _ any, method mcp.MCPMethod, _, result any) {
		changes := engine.CallerOf(ctx).Token != "" || o.Usable != nil && method == mcp.MethodToolsList
		if !changes || holds[method] != mcp.CacheScopePrivate || !server.IsModernRequest(ctx) {
			return
		}
		if list, ok := result.(mcp.CacheHintSetter); ok {
			list.SetCacheHints(0, mcp.CacheScopePrivate)
		}
	})
	return h
}
