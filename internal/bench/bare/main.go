// Command bare is an MCP server as one writes it in an afternoon with mcp-go and
// its natural options: it checks nothing and returns the upstream's body as
// text. The product, which does check, is measured against it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/internal/bench/forward"
)

const base = "/api/projects/@current/subscriptions/"

func main() {
	s := newServer(forward.FromEnv())
	stdio := func() error { return server.ServeStdio(s) }
	web := server.NewStreamableHTTPServer(s, server.WithStateLess(true))
	if err := forward.Serve(os.Args[1:], stdio, web); err != nil {
		log.Fatal(err)
	}
}

func newServer(upstream *forward.Client) *server.MCPServer {
	s := server.NewMCPServer("bare", "1.0.0", server.WithToolCapabilities(false))
	paths := map[string]func(mcp.CallToolRequest) string{
		"subscriptions-retrieve":               func(r mcp.CallToolRequest) string { return fmt.Sprintf("%s%d/", base, r.GetInt("id", 0)) },
		"subscriptions-list":                   func(r mcp.CallToolRequest) string { return fmt.Sprintf("%s?limit=%d", base, r.GetInt("limit", 100)) },
		"subscriptions-summary-quota-retrieve": func(mcp.CallToolRequest) string { return base + "summary_quota/" },
	}
	for _, t := range catalogue() {
		path, measured := paths[t.Name]
		if !measured {
			s.AddTool(t, unmeasured)
			continue
		}
		s.AddTool(t, func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			body, err := upstream.Get(ctx, path(r))
			if err != nil {
				return mcp.NewToolResultError(err.Error()), nil
			}
			return mcp.NewToolResultText(string(body)), nil
		})
	}
	return s
}

// unmeasured serves the tools that are there for the size of the list.
func unmeasured(context.Context, mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	return mcp.NewToolResultError("this tool is listed, not measured"), nil
}
