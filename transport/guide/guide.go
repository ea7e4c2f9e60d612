// Package guide helps people who work with an MCP client to begin: prompts that
// lead a model through a task step by step, values offered while an argument is
// typed, and subscriptions as resources. Whatever it needs of PostHog it gets by
// calling the tools, so that the operator's rules, the caller's narrowing and
// the cleaning of texts hold here as they do there; and it asks for nothing
// before a client does.
package guide

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/tools"
	"posthog-mcp/transport/recent"
)

// Config is what a [Guide] is made of.
type Config struct {
	Catalogue *tools.Catalogue
	Toolbox   *tools.Toolbox
	// Words puts the published names of tools into a prompt.
	Words func(string) string
	// Now is the clock by which offered values grow old; nil for the machine's.
	Now func() time.Time
	// Called is told of every call that is made.
	Called func(context.Context, *tools.Tool, tools.Result)
	// Logger gets a debug line for each value that could not be looked up: the
	// tool and PostHog's status.
	Logger *slog.Logger
}

// Guide is prompts, completions and resources. It is safe for concurrent use,
// and keeps apart what it remembers for different callers.
type Guide struct {
	config  Config
	prompts []prompt
	// reads is the tool behind the resources; nil where the operator has
	// switched it off.
	reads *tools.Tool
	// chooses has the tools whose answers are values to offer, by what they are.
	chooses map[string]*tools.Tool
	recent  recent.Answers[list]
}

// New makes a guide of what the operator has switched on.
func New(c Config) *Guide {
	g := &Guide{config: c, chooses: map[string]*tools.Tool{}, recent: recent.Answers[list]{Lifetime: lifetime, Most: mostRecent, Timeout: lookupTimeout, Now: c.Now}}
	everybody := context.Background()
	for _, p := range prompts() {
		if p = p.ready(c.Catalogue); g.offers(everybody, p.tools...) {
			p.text = c.Words(p.text)
			g.prompts = append(g.prompts, p)
		}
	}
	for _, t := range c.Catalogue.Tools() {
		if t.Read.Choices != nil {
			g.chooses[t.Read.Choices.Of] = t
		}
		if t.Read.Resource == subscriptionResource && g.offers(everybody, t) {
			g.reads = t
		}
	}
	return g
}

// Options are for the server that [Guide.Register] gets.
func (g *Guide) Options() []server.ServerOption {
	if len(g.prompts) == 0 && g.reads == nil {
		return nil
	}
	return []server.ServerOption{
		server.WithCompletions(),
		server.WithPromptCompletionProvider(g),
		server.WithResourceCompletionProvider(g),
		server.WithPromptFilter(g.offered),
	}
}

// Register adds the prompts and the resource template to a server that was made
// with [Guide.Options] and with hooks.
func (g *Guide) Register(s *server.MCPServer) {
	hooks := s.GetHooks()
	hooks.AddBeforeReadResource(func(_ context.Context, _ any, r *mcp.ReadResourceRequest) { r.Params.URI = cut(r.Params.URI) })
	for _, p := range g.prompts {
		s.AddPrompt(p.published(), p.get)
	}
	if g.reads != nil {
		s.AddResourceTemplate(subscriptionTemplate(), g.read)
		hooks.AddAfterListResourceTemplates(g.narrow)
	}
}

// longestIdentifier is in bytes, and more than any prompt's name or resource's URI
// has.
const longestIdentifier = 200

// cut keeps a name or a URI from costing more than it is worth: mcp-go matches a
// URI against the templates, which takes seconds for a megabyte. What is cut is no
// longer any of ours.
func cut(identifier string) string {
	if len(identifier) <= longestIdentifier {
		return identifier
	}
	return strings.ToValidUTF8(identifier[:longestIdentifier], "")
}

// offers tells whether the caller has all these tools.
func (g *Guide) offers(ctx context.Context, all ...*tools.Tool) bool {
	return !slices.ContainsFunc(all, func(t *tools.Tool) bool { return t == nil || !g.config.Toolbox.Offers(ctx, t) })
}

// prompt is the one of that name, if the caller is offered it; else nil.
func (g *Guide) prompt(ctx context.Context, name string) *prompt {
	at := slices.IndexFunc(g.prompts, func(p prompt) bool { return p.name == name })
	if at < 0 || !g.offers(ctx, g.prompts[at].tools...) {
		return nil
	}
	return &g.prompts[at]
}

// offered leaves out what the caller is not offered; mcp-go asks it for a list
// and before it gets a single prompt.
func (g *Guide) offered(ctx context.Context, listed []mcp.Prompt) []mcp.Prompt {
	return slices.DeleteFunc(listed, func(p mcp.Prompt) bool { return g.prompt(ctx, p.Name) == nil })
}
