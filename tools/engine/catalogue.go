package engine

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"posthog-mcp/schema"
)

// Catalogue is every tool, in the order of the list. It is immutable.
type Catalogue struct {
	tools  []*Tool
	byName map[string]*Tool
}

// Tool is an operation made ready: its schema is compiled, its routes are known to fit
// it, and the part of Read and Write that it lacks is empty, not nil.
type Tool struct {
	Operation
	Schema *schema.Schema // of the arguments
}

// NewCatalogue compiles declarations. Where confirmed, writes take a confirmation,
// for a [Toolbox] that asks for them. An error is a mistake in a declaration.
func NewCatalogue(operations []Operation, confirmed bool) (*Catalogue, error) {
	c := &Catalogue{byName: map[string]*Tool{}}
	ofWrites := []any{dryRun{}}
	if confirmed {
		ofWrites = append(ofWrites, confirmation{})
	}
	for _, op := range operations {
		var further []any
		if op.Effect != Read {
			further = ofWrites
		}
		tool, err := newTool(op, further)
		if err != nil {
			return nil, fmt.Errorf("tool %s: %w", op.Name, err)
		}
		c.tools = append(c.tools, tool)
		for _, name := range []string{tool.Name, tool.ShortName()} {
			if other := c.byName[name]; other != nil && other != tool {
				return nil, fmt.Errorf("tool %s: %s is called %s too", tool.Name, other.Name, name)
			}
			c.byName[name] = tool
		}
	}
	return c, nil
}

// Tools lists the tools in the order of the list.
func (c *Catalogue) Tools() []*Tool { return slices.Clone(c.tools) }

// Tool returns the tool of that name, or nil.
func (c *Catalogue) Tool(name string) *Tool { return c.byName[name] }

var routeArgument = regexp.MustCompile(`:[a-z_]+`)

// methods are those of most operations.
var methods = map[Effect]string{
	Read: http.MethodGet, Create: http.MethodPost, Update: http.MethodPatch, Delete: http.MethodDelete, Send: http.MethodPost,
}

func newTool(op Operation, further []any) (*Tool, error) {
	compiled, err := schema.Of(slices.Concat(op.Request, further)...)
	if err != nil {
		return nil, err
	}
	op.Method = cmp.Or(op.Method, methods[op.Effect])
	if writes := op.Effect != Read; writes != (op.Write != nil) || writes == (op.Read != nil) {
		return nil, fmt.Errorf("the effect is to %s, and the part for it is missing or not alone", op.Effect)
	}
	op.Read, op.Write = cmp.Or(op.Read, &Reading{}), cmp.Or(op.Write, &Writing{})
	if op.Read.List && op.Has == nil {
		op.Has = []string{"results.#"}
	}
	for _, name := range argumentsOf(op.Route + op.Write.Saved) {
		if compiled.Field(name) == nil {
			return nil, fmt.Errorf("a route has :%s, the request does not", name)
		}
	}
	return &Tool{Operation: op, Schema: compiled}, nil
}

// argumentsOf are the arguments that stand in a route.
func argumentsOf(route string) (names []string) {
	for _, name := range routeArgument.FindAllString(route, -1) {
		names = append(names, name[1:])
	}
	return names
}

const (
	inQuery = "query"
	inBody  = "body"
)

// place is where an argument goes: one that the route names, into the path; with GET and
// DELETE, into the query; else into the body. A tag in the request struct overrides
// that; one about the call itself is local, and not sent.
func (t *Tool) place(f *schema.Field) string {
	switch {
	case strings.Contains(t.Route, ":"+f.Name+"/"):
		return "path"
	case f.In != "":
		return f.In
	case t.Method == http.MethodGet || t.Method == http.MethodDelete:
		return inQuery
	}
	return inBody
}

// ShortName is the tool's name, or for one of more than 40 characters an alias without its
// first word, which calls and selections take too. A client can put its own words before
// it, as in mcp__claude_ai_PostHog__, and models' providers take 64 characters in all.
func (t *Tool) ShortName() string {
	if _, rest, found := strings.Cut(t.Name, "-"); found && len(t.Name) > 40 {
		return rest
	}
	return t.Name
}

// isIn tells whether one of the names is the tool's, or its alias.
func (t *Tool) isIn(names []string) bool {
	return slices.Contains(names, t.Name) || slices.Contains(names, t.ShortName())
}

// Shortener puts the aliases in the place of long names in texts for agents.
func (c *Catalogue) Shortener() *strings.Replacer {
	var pairs []string
	for _, t := range c.tools {
		if short := t.ShortName(); short != t.Name {
			pairs = append(pairs, t.Name, short)
		}
	}
	return strings.NewReplacer(pairs...)
}
