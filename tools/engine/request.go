package engine

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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
	path, err := t.path(t.Route, args, project)
	if err != nil {
		return nil, err
	}
	r.Path = path
	r.Query = t.query(args)
	if !slices.ContainsFunc(t.Schema.Fields(), func(f *schema.Field) bool { return t.place(f) == inBody }) {
		return r, nil
	}
	body := slices.DeleteFunc(slices.Clone(args.List), func(a schema.Argument) bool { return t.place(a.Field) != inBody })
	if t.Method == http.MethodPatch && len(body) == 0 {
		return nil, schema.Problems{{Text: view.Join("nothing to change: give at least one field to change besides "+t.subject(), args.Notice())}}
	}
	r.Body = t.body(body)
	return r, nil
}

// subject is the argument that says what the operation is about: the last one
// in its route.
func (t *Tool) subject() string {
	names := argumentsOf(t.Route)
	return names[len(names)-1]
}

// path fills the route. A value that could leave its place was refused before;
// the check here is the last line, and holds for defaults and settings too.
func (t *Tool) path(route string, args *schema.Arguments, project string) (path string, err error) {
	path = routeArgument.ReplaceAllStringFunc(route, func(name string) string {
		value := project
		if name != ":project_id" {
			value = t.argument(args, name[1:])
		}
		if !schema.IsSegment(value) {
			err = errors.New("the value of " + name[1:] + " cannot stand in a path")
		}
		return value
	})
	return path, err
}

// query holds what was given, and the declared defaults, in the page's order.
func (t *Tool) query(args *schema.Arguments) string {
	var pairs []string
	for _, f := range t.Schema.Fields() {
		if t.place(f) != inQuery {
			continue
		}
		if value := t.argument(args, f.Name); value != "" {
			pairs = append(pairs, url.QueryEscape(f.Name)+"="+url.QueryEscape(value))
		}
	}
	return strings.Join(pairs, "&")
}

// changeQuery asks for enough rows to search, or for those of a list without pages, and
// has the operation change the query, where it wants to.
func (c *Call) changeQuery(ctx context.Context) (refusal *Refusal) {
	reading := c.Tool.Read
	whole := reading != nil && reading.List && c.Tool.Schema.Field("limit") == nil
	if reading == nil || reading.Query == nil && reading.NameOf == nil && !whole {
		return nil
	}
	query, _ := url.ParseQuery(c.Request.Query) // escaped just now
	if whole || reading.NameOf != nil && len(view.Words(c.Args.Text("search"))) > 0 {
		query.Set("limit", strconv.Itoa(LookedAt))
	}
	if reading.Query != nil {
		refusal = reading.Query(ctx, c, query)
	}
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

// body is the object of the members, or the one that is the whole body.
func (t *Tool) body(members []schema.Argument) []byte {
	if len(members) == 1 && members[0].Field.Name == t.Write.WholeBody && bytes.HasPrefix(members[0].Raw, []byte("{")) {
		return members[0].Raw
	}
	return object(members)
}

// object joins raw members, in the order they were given.
func object(members []schema.Argument) []byte {
	o := view.NewObject(nil)
	for _, m := range members {
		o.JSON(m.Field.Name, m.Raw)
	}
	return o.Bytes()
}
