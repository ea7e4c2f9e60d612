package tools

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// currentProject is what PostHog calls the project that its user has open.
const currentProject = "@current"

// request turns checked arguments into the call that they ask for, in the
// project that the call is about.
func (t *Tool) request(args *schema.Arguments, project string) (*Request, error) {
	path, err := t.path(t.Route, args, project)
	if err != nil {
		return nil, err
	}
	r := &Request{Method: t.Method, Route: t.Route, Path: path, Keep: t.Read.KeepFields, Repeatable: t.Effect == Read}
	var query []string
	takesBody := false
	for _, f := range t.Schema.Fields() {
		switch t.place(f) {
		case inBody:
			takesBody = true
		case inQuery:
			if value := t.argument(args, f.Name); value != "" { // given, or the declared default
				query = append(query, url.QueryEscape(f.Name)+"="+url.QueryEscape(value))
			}
		}
	}
	r.Query = strings.Join(query, "&")
	if !takesBody {
		return r, nil
	}
	body := t.sent(args)
	if t.Method == http.MethodPatch && len(body) == 0 {
		names := argumentsOf(t.Route) // the last one is what the operation is about
		return nil, schema.Problems{{Text: view.Join("nothing to change: give at least one field to change besides "+names[len(names)-1], args.Notice())}}
	}
	r.Body = t.body(body)
	return r, nil
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

// argument is the text of a given argument, else of its default, else empty.
func (t *Tool) argument(args *schema.Arguments, name string) string {
	field := t.Schema.Field(name)
	raw := args.Get(name)
	if raw == nil {
		raw = field.Default
	}
	return schema.Argument{Field: field, Raw: raw}.Text()
}

// sent is what goes into the body, member by member.
func (t *Tool) sent(args *schema.Arguments) (members []schema.Argument) {
	for _, a := range args.List {
		if t.place(a.Field) == inBody {
			members = append(members, a)
		}
	}
	return members
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
