package transport

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
)

// Usable tells, for the caller of ctx, which tools their key can use. It
// returns nil where that cannot be told.
type Usable func(ctx context.Context) func(*tools.Tool) bool

// offer is the list of tools as each caller gets it: in the dialect that their
// client understands, without what is switched off for them.
type offer struct {
	Options
	tools []*tools.Tool
	// standard and portable are the same tools, as published in each dialect:
	// made when a client first asks for them.
	standard, portable func() []mcp.Tool
}

func newOffer(o Options) *offer {
	f := &offer{Options: o, tools: o.Catalogue.Tools()}
	slices.SortFunc(f.tools, func(a, b *tools.Tool) int { return strings.Compare(a.Name, b.Name) })
	f.standard = sync.OnceValue(func() []mcp.Tool { return f.described(schema.Standard) })
	f.portable = sync.OnceValue(func() []mcp.Tool { return f.described(schema.Portable) })
	return f
}

func (o *offer) described(p schema.Profile) []mcp.Tool {
	all, words := make([]mcp.Tool, len(o.tools)), o.words()
	for i, t := range o.tools {
		all[i] = Describe(t, p)
		all[i].Name, all[i].Description = o.published(t), words(all[i].Description)
	}
	return all
}

// list puts the caller's list in the place of mcp-go's.
func (o *offer) list(ctx context.Context, _ any, request *mcp.ListToolsRequest, result *mcp.ListToolsResult) {
	described := o.standard()
	if o.profile(ctx, request) == schema.Portable {
		described = o.portable()
	}
	usable := func(*tools.Tool) bool { return true }
	if o.Usable != nil {
		if known := o.Usable(ctx); known != nil {
			usable = known
		}
	}
	result.Tools = make([]mcp.Tool, 0, len(described))
	for i, t := range o.tools {
		if o.Toolbox.Offers(ctx, t) && usable(t) {
			result.Tools = append(result.Tools, described[i])
		}
	}
}

// profile is the operator's choice, else the caller's, else that of their
// client's kind. A client that is not known gets what every model takes: many
// let people choose among models, and one union is enough for those of Gemini to
// refuse every prompt.
func (o *offer) profile(ctx context.Context, request *mcp.ListToolsRequest) schema.Profile {
	if o.Profile != "" {
		return o.Profile
	}
	if chosen := tools.CallerOf(ctx).Dialect; chosen != "" {
		return chosen
	}
	if takesUnions(clientName(ctx, request)) {
		return schema.Standard
	}
	return schema.Portable
}

// clientName is what the client says it is: with each request from 2026-07-28
// on, before that in a handshake. Stateless HTTP does not keep one, so there it
// is the User-Agent.
func clientName(ctx context.Context, request *mcp.ListToolsRequest) string {
	if request != nil {
		if info := request.Params.Meta.ClientInfo(); info != nil {
			return info.Name
		}
	}
	if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		if name := session.GetClientInfo().Name; name != "" {
			return name
		}
	}
	if request != nil {
		return request.Header.Get("User-Agent")
	}
	return ""
}

// withUnions are parts of the names of clients that run no model but those of
// Anthropic or OpenAI, which take type unions. Claude Code calls itself
// claude-code/2.1.204 (cli), Claude on the web Claude-User, ChatGPT openai-mcp.
var withUnions = []string{"claude", "codex", "openai", "chatgpt"}

func takesUnions(client string) bool {
	client = strings.ToLower(client)
	return slices.ContainsFunc(withUnions, func(part string) bool { return strings.Contains(client, part) })
}
