package tools

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"posthog-mcp/schema"
)

// Catalogue is every tool, in the page's order. It is immutable.
type Catalogue struct {
	tools  []*Tool
	byName map[string]*Tool
}

// Tool is an operation made ready: its schema compiled, and each argument's
// place known.
type Tool struct {
	Operation
	// Schema describes and checks the arguments.
	Schema *schema.Schema
	route  []routePart
	places map[*schema.Field]place
	// takesBody says that some argument goes into a body.
	takesBody bool
}

// routePart is a piece of a route: text as it stands, or the name of the
// argument that stands there.
type routePart struct{ text, argument string }

// A place is where an argument goes.
type place int

const (
	inPath place = iota
	inQuery
	inBody
	// notSent is the place of what says how the answer is shown.
	notSent
)

// NewCatalogue compiles the declarations. An error is a mistake in one of them.
func NewCatalogue() (*Catalogue, error) {
	c := &Catalogue{byName: map[string]*Tool{}}
	var compiler schema.Compiler
	for _, op := range operations() {
		tool, err := newTool(&compiler, op)
		if err != nil {
			return nil, fmt.Errorf("tool %s: %w", op.Name, err)
		}
		c.tools = append(c.tools, tool)
		c.byName[op.Name] = tool
	}
	return c, nil
}

// Tools lists the tools in the page's order.
func (c *Catalogue) Tools() []*Tool { return slices.Clone(c.tools) }

// Tool returns the tool of that name, or nil.
func (c *Catalogue) Tool(name string) *Tool { return c.byName[name] }

// FullDescription is the declared description with the scope the key needs.
func (t *Tool) FullDescription() string {
	if t.Scope == "" {
		return t.Description
	}
	return t.Description + " Scope: " + t.Scope + "."
}

var routeArgument = regexp.MustCompile(`:[a-z_]+`)

func newTool(compiler *schema.Compiler, op Operation) (*Tool, error) {
	compiled, err := compiler.Of(op.Request)
	if err != nil {
		return nil, err
	}
	tool := &Tool{Operation: op, Schema: compiled}
	rest := op.Route
	for _, name := range routeArgument.FindAllString(op.Route, -1) {
		before, after, _ := strings.Cut(rest, name)
		tool.route = append(tool.route, routePart{text: before}, routePart{argument: name[1:]})
		rest = after
		if compiled.Field(name[1:]) == nil {
			return nil, fmt.Errorf("route has %s, the request does not", name)
		}
	}
	tool.route = append(tool.route, routePart{text: rest})
	if !strings.HasPrefix(op.Route, "/") || !strings.HasSuffix(op.Route, "/") {
		return nil, fmt.Errorf("route %q does not start and end in a slash", op.Route)
	}
	tool.places = map[*schema.Field]place{}
	for _, f := range compiled.Fields() {
		at := tool.place(f)
		tool.places[f] = at
		tool.takesBody = tool.takesBody || at == inBody
	}
	return tool, nil
}

// place follows from a rule: named in the route, the path; GET and DELETE, the
// query; else the body. A tag in the request struct overrides it.
func (t *Tool) place(f *schema.Field) place {
	switch {
	case slices.ContainsFunc(t.route, func(p routePart) bool { return p.argument == f.Name }):
		return inPath
	case f.In == "local":
		return notSent
	case f.In == "query", f.In == "" && (t.Method == http.MethodGet || t.Method == http.MethodDelete):
		return inQuery
	}
	return inBody
}
