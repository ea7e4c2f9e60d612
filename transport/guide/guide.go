// Package guide helps people who work with an MCP client to begin: prompts that
// lead a model through a task step by step, values offered while an argument is
// typed, and subscriptions as resources. Whatever it needs of PostHog it gets by
// calling the tools, so that the operator's rules, the caller's narrowing and
// the cleaning of texts hold here as they do there; and it asks for nothing
// before a client does.
package guide

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/recent"
)

// Config is what a [Guide] is made of.
type Config struct {
	Catalogue *engine.Catalogue
	Toolbox   *engine.Toolbox
	// Words puts the published names of tools into a prompt.
	Words func(string) string
	// Called is told of every call that is made.
	Called func(context.Context, *engine.Tool, engine.Result)
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
	reads *engine.Tool
	// chooses has the tools whose answers are values to offer, by what they are.
	chooses map[string]*engine.Tool
	recent  recent.Answers[list]
}

// New makes a guide of what the operator has switched on.
func New(c Config) *Guide {
	g := &Guide{config: c, chooses: map[string]*engine.Tool{}, recent: recent.Answers[list]{
		Lifetime: 30 * time.Second, // about as long as a person takes to fill a form in
		Timeout:  10 * time.Second, // with retries: a person who types does not wait longer
		Most:     256,              // a list has a hundred short values
	}}
	everybody := context.Background()
	for _, p := range prompts(c.Catalogue) {
		if g.offers(everybody, p.tools...) {
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
		server.WithCompletions(), server.WithPromptCompletionProvider(g), server.WithResourceCompletionProvider(g),
		// mcp-go asks it for a list and before it gets a single prompt.
		server.WithPromptFilter(func(ctx context.Context, listed []mcp.Prompt) []mcp.Prompt {
			return slices.DeleteFunc(listed, func(p mcp.Prompt) bool { return g.prompt(ctx, p.Name) == nil })
		}),
	}
}

// Register adds the prompts and the resource template to a server that was made
// with [Guide.Options] and with hooks.
func (g *Guide) Register(s *server.MCPServer) {
	hooks := s.GetHooks()
	hooks.AddBeforeReadResource(func(_ context.Context, _ any, r *mcp.ReadResourceRequest) { r.Params.URI = cut(r.Params.URI) })
	for _, p := range g.prompts {
		s.AddPrompt(p.Prompt, p.get)
	}
	if g.reads == nil {
		return
	}
	s.AddResourceTemplate(subscriptionTemplate(), g.read)
	// mcp-go has no filter for the templates of a caller who cannot read them.
	hooks.AddAfterListResourceTemplates(func(ctx context.Context, _ any, _ *mcp.ListResourceTemplatesRequest, result *mcp.ListResourceTemplatesResult) {
		if !g.offers(ctx, g.reads) {
			result.ResourceTemplates = []mcp.ResourceTemplate{}
		}
	})
}

// longestIdentifier is in bytes, and more than any prompt's name or resource's URI
// has.
const longestIdentifier = 200

// cut keeps a name or a URI from costing more than it is worth: mcp-go matches a
// URI against the templates, which takes seconds for a megabyte. What is cut is no
// longer any of ours.
func cut(identifier string) string {
	return strings.ToValidUTF8(identifier[:min(len(identifier), longestIdentifier)], "")
}

// offers tells whether the caller has all these tools.
func (g *Guide) offers(ctx context.Context, all ...*engine.Tool) bool {
	return !slices.ContainsFunc(all, func(t *engine.Tool) bool { return t == nil || !g.config.Toolbox.Offers(ctx, t) })
}

// prompt is the one of that name, if the caller is offered it; else nil.
func (g *Guide) prompt(ctx context.Context, name string) *prompt {
	at := slices.IndexFunc(g.prompts, func(p prompt) bool { return p.Name == name })
	if at < 0 || !g.offers(ctx, g.prompts[at].tools...) {
		return nil
	}
	return &g.prompts[at]
}

const (
	// subscriptionResource is what the tool behind the resources declares.
	subscriptionResource = "subscriptions"

	subscriptionURI = "posthog://" + subscriptionResource + "/"
	idArgument      = "id"
	template        = subscriptionURI + "{" + idArgument + "}"
	jsonType        = "application/json"
)

var subscriptionID = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

func subscriptionTemplate() mcp.ResourceTemplate {
	return mcp.NewResourceTemplate(template, "subscription",
		mcp.WithTemplateTitle("Subscription"),
		mcp.WithTemplateDescription("One subscription: what it sends, to whom, when, and the next three deliveries."),
		mcp.WithTemplateMIMEType(jsonType),
	)
}

// read answers resources/read. An error that is no [mcp.ErrResourceNotFound] is
// reported as an internal one; a refusal's text has PostHog's words in quotes.
func (g *Guide) read(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	id := strings.TrimPrefix(request.Params.URI, subscriptionURI)
	if !subscriptionID.MatchString(id) {
		return nil, fmt.Errorf("%w: a subscription's URI is %s with its number as %s", mcp.ErrResourceNotFound, template, idArgument)
	}
	result := g.call(ctx, g.reads, fmt.Appendf(nil, `{"id":%s}`, id))
	switch {
	case result.IsError && result.Status == http.StatusNotFound:
		// The way out of it, in the other lines, is an argument that a URI does not have.
		answer, _, _ := strings.Cut(result.Text, "\n")
		return nil, fmt.Errorf("%w: %s", mcp.ErrResourceNotFound, answer)
	case result.IsError && !g.offers(ctx, g.reads):
		return nil, fmt.Errorf("%w: %s", mcp.ErrResourceNotFound, result.Text)
	case result.IsError:
		return nil, errors.New(result.Text)
	}
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: request.Params.URI, MIMEType: jsonType, Text: string(result.Object)}}, nil
}
