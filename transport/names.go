package transport

import (
	"context"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/tools"
)

// words puts the published names of tools into a text for agents.
func (o Options) words() func(string) string {
	if !o.ShortNames {
		return func(text string) string { return text }
	}
	return o.Catalogue.Shortener().Replace
}

// published is the name under which the tool is listed.
func (o Options) published(t *tools.Tool) string {
	if o.ShortNames {
		return t.ShortName()
	}
	return t.Name
}

// byName gives a call by an alias the tool's own name, before anything else sees
// it.
func byName(c *tools.Catalogue) server.OnBeforeCallToolFunc {
	return func(_ context.Context, _ any, request *mcp.CallToolRequest) {
		if t := c.Tool(request.Params.Name); t != nil {
			request.Params.Name = t.Name
		}
	}
}

// renames tells whether what a tool says may name a tool that has an alias: those
// about sharing do. In what others say it may be a text of somebody's.
func renames(t *tools.Tool) bool { return strings.HasPrefix(t.Name, "session-recordings-sharing-") }
