package engine

import (
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

// Tool is an operation made ready: its schema compiled, and each argument's
// place known.
type Tool struct {
	Operation
	// Schema describes and checks the arguments.
	Schema *schema.Schema
	route  []routePart
	saved  []routePart
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
	// notSent is for arguments about the call itself: how the answer is shown, or
	// whether anything is sent.
	notSent
)

// NewCatalogue compiles declarations. Where confirmed, writes take a confirmation,
// for a [Toolbox] that asks for them. An error is a mistake in a declaration.
func NewCatalogue(operations []Operation, confirmed bool) (*Catalogue, error) {
	c := &Catalogue{byName: map[string]*Tool{}}
	var compiler schema.Compiler
	for _, op := range operations {
		tool, err := newTool(&compiler, op, furtherArguments(op.Effect, confirmed))
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

// furtherArguments are structs with the arguments that every operation of the
// effect has.
func furtherArguments(effect Effect, confirmed bool) []any {
	switch {
	case effect == Read:
		return nil
	case confirmed:
		return []any{dryRun{}, confirmation{}}
	}
	return []any{dryRun{}}
}

// Tools lists the tools in the order of the list.
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

func newTool(compiler *schema.Compiler, op Operation, further []any) (*Tool, error) {
	compiled, err := compiler.Of(op.Request, further...)
	if err != nil {
		return nil, err
	}
	tool := &Tool{Operation: op, Schema: compiled}
	if writes := op.Effect != Read; writes != (op.Write != nil) || writes == (op.Read != nil) {
		return nil, fmt.Errorf("the effect is to %s, and the part for it is missing or not alone", op.Effect)
	}
	if op.Read != nil && op.Read.List && op.Has == nil {
		tool.Has = []string{"results.#"}
	}
	if tool.route, err = tool.parts(op.Route); err != nil {
		return nil, err
	}
	if op.Write != nil && op.Write.Saved != "" {
		if tool.saved, err = tool.parts(op.Write.Saved); err != nil {
			return nil, err
		}
	}
	tool.places = map[*schema.Field]place{}
	for _, f := range compiled.Fields() {
		at := tool.place(f)
		tool.places[f] = at
		tool.takesBody = tool.takesBody || at == inBody
	}
	return tool, nil
}

// parts splits a route at its arguments.
func (t *Tool) parts(route string) (parts []routePart, err error) {
	if !strings.HasPrefix(route, "/") || !strings.HasSuffix(route, "/") {
		return nil, fmt.Errorf("route %q does not start and end in a slash", route)
	}
	rest := route
	for _, name := range routeArgument.FindAllString(route, -1) {
		before, after, _ := strings.Cut(rest, name)
		parts = append(parts, routePart{text: before}, routePart{argument: name[1:]})
		rest = after
		if t.Schema.Field(name[1:]) == nil {
			return nil, fmt.Errorf("route has %s, the request does not", name)
		}
	}
	return append(parts, routePart{text: rest}), nil
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
