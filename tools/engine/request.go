package engine

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// currentProject is what PostHog calls the project that its user has open.
const currentProject = "@current"

// request turns checked arguments into the call that they ask for, in the
// project that the call is about.
func (t *Tool) request(args *schema.Arguments, project string) (*Request, error) {
	r := &Request{Method: t.Method, Route: t.Route, Repeatable: t.Effect == Read}
	if t.Read != nil {
		r.Keep = t.Read.KeepFields
	}
	path, err := t.path(t.route, args, project)
	if err != nil {
		return nil, err
	}
	r.Path = path
	r.Query = t.query(args)
	if !t.takesBody {
		return r, nil
	}
	body := slices.DeleteFunc(slices.Clone(args.List), func(a schema.Argument) bool { return t.places[a.Field] != inBody })
	if t.Method == http.MethodPatch && len(body) == 0 {
		return nil, schema.Problems{{Text: "nothing to change: give at least one field to change besides " + t.subject()}}
	}
	r.Body = t.body(body)
	return r, nil
}

// subject is the argument that says what the operation is about: the last one
// in its route.
func (t *Tool) subject() string {
	for _, p := range slices.Backward(t.route) {
		if p.argument != "" {
			return p.argument
		}
	}
	return ""
}

// path fills the route. A value that could leave its place was refused before;
// the check here is the last line, and holds for defaults and settings too.
func (t *Tool) path(route []routePart, args *schema.Arguments, project string) (string, error) {
	var b strings.Builder
	for _, p := range route {
		if p.argument == "" {
			b.WriteString(p.text)
			continue
		}
		value := project
		if p.argument != "project_id" {
			value = t.argument(args, p.argument)
		}
		if !schema.IsSegment(value) {
			return "", errors.New("the value of " + p.argument + " cannot stand in a path")
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

// query holds what was given, and the declared defaults, in the page's order.
func (t *Tool) query(args *schema.Arguments) string {
	var pairs []string
	for _, f := range t.Schema.Fields() {
		if t.places[f] != inQuery {
			continue
		}
		if value := t.argument(args, f.Name); value != "" {
			pairs = append(pairs, url.QueryEscape(f.Name)+"="+url.QueryEscape(value))
		}
	}
	return strings.Join(pairs, "&")
}

// changeQuery has the operation change the query, where it wants to.
func (c *Call) changeQuery(ctx context.Context) *Refusal {
	if c.Tool.Read == nil || c.Tool.Read.Query == nil {
		return nil
	}
	query, _ := url.ParseQuery(c.Request.Query) // escaped just now
	refusal := c.Tool.Read.Query(ctx, c, query)
	c.Request.Query = query.Encode()
	return refusal
}

// argument is the text of a given argument, else of its default, else empty.
func (t *Tool) argument(args *schema.Arguments, name string) string {
	field := t.Schema.Field(name)
	raw := args.Get(name)
	if raw == nil {
		raw = field.Default
	}
	return schema.Argument{Field: field, Raw: raw}.Text()
}

// body joins raw members, in the order they were given.
func (t *Tool) body(members []schema.Argument) []byte {
	if len(members) == 1 && members[0].Field.Name == t.Write.WholeBody && bytes.HasPrefix(members[0].Raw, []byte("{")) {
		return members[0].Raw
	}
	body := view.NewObject(nil)
	for _, m := range members {
		body.JSON(m.Field.Name, m.Raw)
	}
	return body.Bytes()
}
