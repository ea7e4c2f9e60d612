package transport

import (
	"context"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/internal/build"
	"posthog-mcp/tools"
)

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

// introduce has the handshake and server/discover tell the whole identity, where the
// revision has it. Every other result of 2026-07-28 repeats the name and the version
// alone, so mcp-go does not know the rest.
func introduce(hooks *server.Hooks) {
	hooks.AddAfterInitialize(func(_ context.Context, _ any, _ *mcp.InitializeRequest, result *mcp.InitializeResult) {
		if result.ProtocolVersion >= mcp.ProtocolVersion20251125 {
			result.ServerInfo = identity()
		}
	})
	hooks.AddAfterDiscover(func(_ context.Context, _ any, _ *mcp.DiscoverRequest, result *mcp.DiscoverResult) {
		result.EnsureResultMeta().SetServerInfo(identity())
	})
}

// lifetime is how long a client may keep what does not change while this process
// lives: after an update it is as long in the wrong.
const lifetime = time.Hour

// cacheHints are how long results hold, and for whom: a list depends on the caller,
// who may be offered a part of it. What is read of PostHog does not hold.
// Source: the MCP specification of 2026-07-28, Caching.
func cacheHints() []server.ServerOption {
	const ms = int64(lifetime / time.Millisecond)
	return []server.ServerOption{
		server.WithMethodCacheHints(mcp.MethodServerDiscover, ms, mcp.CacheScopePublic),
		server.WithMethodCacheHints(mcp.MethodResourcesList, ms, mcp.CacheScopePublic),
		server.WithMethodCacheHints(mcp.MethodResourcesTemplatesList, ms, mcp.CacheScopePrivate),
		server.WithMethodCacheHints(mcp.MethodPromptsList, ms, mcp.CacheScopePrivate),
		server.WithMethodCacheHints(mcp.MethodToolsList, ms, mcp.CacheScopePrivate),
	}
}

// expire takes the hint off a list that can change: the operator can edit the limits
// of a token, and with usable, the caller the scopes of their key.
func expire(hooks *server.Hooks, usable Usable) {
	hooks.AddOnSuccess(func(ctx context.Context, _ any, method mcp.MCPMethod, _, result any) {
		changes := tools.CallerOf(ctx).Token != "" || usable != nil && method == mcp.MethodToolsList
		if !changes || !server.IsModernRequest(ctx) {
			return
		}
		switch method {
		case mcp.MethodToolsList, mcp.MethodPromptsList, mcp.MethodResourcesTemplatesList:
			if list, ok := result.(mcp.CacheHintSetter); ok {
				list.SetCacheHints(0, mcp.CacheScopePrivate)
			}
		}
	})
}
