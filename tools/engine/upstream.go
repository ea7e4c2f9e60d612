package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// Upstream is the PostHog API as the tools see it. An implementation owns the
// connection, the key, deadlines and retries; it knows nothing of tools.
type Upstream interface {
	// Do returns a [Response] for every HTTP status, and a [*Failure] when there
	// is no answer that could be read whole.
	Do(ctx context.Context, r *Request) (*Response, error)
}

// Request is one call of the PostHog API.
type Request struct {
	Method string // GET, POST, PATCH or DELETE
	// Path is rooted, escaped and ends in a slash:
	// /api/projects/@current/subscriptions/42/. Route is Path with names for its
	// arguments, as logs may have it: /api/projects/:project_id/subscriptions/:id/.
	Path, Route string
	Query       string // encoded, without the question mark
	Body        []byte // a JSON document; nil for none
	// Keep is what is wanted of the body of a success, as dot paths; of an array,
	// the same of each item. Nil is everything.
	Keep []string
	// Repeatable says that sending it again changes nothing and mails nobody,
	// so that it may be retried after any failure. A request that is not
	// repeatable is sent again only on 429 or when no byte of it left.
	Repeatable bool
}

// Response is PostHog's answer, whatever its status.
type Response struct {
	Status      int
	ContentType string        // the header's value without parameters, in lower case
	Body        []byte        // whole; nil when there was none
	RetryAfter  time.Duration // that PostHog asked to wait; zero when it did not say
	ByLogin     bool          // the key was that of a login, which can be repeated
}

// ok tells whether PostHog did what was asked.
func (r *Response) ok() bool { return r.Status >= 200 && r.Status <= 299 }

// A FailureKind says why there is no [Response].
type FailureKind int

// The kinds of [Failure].
const (
	Unreachable FailureKind = iota + 1 // no connection could be made
	TimedOut                           // the call's deadline passed
	Cancelled                          // the caller took the call back
	Broken                             // the connection ended before the answer was complete
	TooLarge                           // for the client
	Redirected                         // to a place that is not followed
	NoKey                              // nothing was sent
	Untrusted                          // the certificate of PostHog's address
	LoggedOut                          // the login that calls are made with is over; nothing was done
	Limited                            // by this server; nothing was sent
)

// Failure is a call without a usable answer.
type Failure struct {
	Kind FailureKind
	// Sent says that PostHog may have received the request: the outcome of a
	// write is then unknown.
	Sent   bool
	Status int    // of the answer where its header arrived, else 0
	Target string // the host that a refused redirect pointed to
	Limit  int64  // in bytes, that the answer exceeded
	// RetryAfter is when a Limited call can succeed; zero when nobody can tell.
	RetryAfter time.Duration
	Err        error // the cause, for logs: it holds no key, no body and no query
}

// Error says what failed, for logs.
func (f *Failure) Error() string {
	if f.Err == nil {
		return failures[f.Kind].log
	}
	return fmt.Sprintf("%s: %v", failures[f.Kind].log, f.Err)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// currentProject is what PostHog calls the project that its user has open.
const currentProject = "@current"

// request turns checked arguments into the call that they ask for in the project.
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

// Read asks PostHog for what a call needs besides. The refusal is that of a read.
func (c *Call) Read(ctx context.Context, path, query string, keep ...string) (gjson.Result, *Refusal) {
	reader := *c.Tool
	reader.Effect, reader.Hints = Read, nil
	response, err := c.Box.API.Do(ctx, &Request{Method: http.MethodGet, Path: path, Route: routeOf(path), Query: query, Keep: keep, Repeatable: true})
	if err != nil {
		return gjson.Result{}, reader.failed(err)
	}
	if !response.ok() {
		return gjson.Result{}, reader.refused(response, c.Project)
	}
	answer, err := view.Read(response.Body)
	switch {
	case err != nil || !answer.IsObject():
		return gjson.Result{}, reader.unusable(response, "something else than an object")
	case !jsontext.Value(answer.Raw).IsValid():
		return gjson.Result{}, reader.unusable(response, nameTwice)
	}
	return answer, nil
}

// routeOf is the route of what is read: in such a path names and ids alternate.
func routeOf(path string) string {
	parts := strings.Split(path, "/") // "", "api", a name, an id, …
	for i := 3; i < len(parts); i += 2 {
		if parts[i] != "" && parts[i] != "@me" && parts[i] != currentProject {
			parts[i] = ":id"
		}
	}
	return strings.Join(parts, "/")
}

// ReadSaved reads what the write is about to change; nothing where there is none.
func (c *Call) ReadSaved(ctx context.Context) (gjson.Result, *Refusal) {
	if c.Tool.Write.Saved == "" {
		return gjson.Result{}, nil
	}
	path, err := c.Tool.path(c.Tool.Write.Saved, c.Args, c.Project)
	if err != nil {
		return gjson.Result{}, refuse("invalid_arguments", err.Error(), "", "")
	}
	return c.Read(ctx, path, "")
}

// InProject is a path below the call's project.
func (c *Call) InProject(path string) string { return "/api/projects/" + c.Project + "/" + path }

// ReadOwner reads the account that the key belongs to.
func (c *Call) ReadOwner(ctx context.Context, keep ...string) (gjson.Result, *Refusal) {
	return c.Read(ctx, "/api/users/@me/", "", keep...)
}

// settleProject puts the project's number in the place of @current, where a consent or the
// duplicate guard is about a certain project: a person may open another at any moment. 007
// becomes 7, as PostHog reads it.
func (c *Call) settleProject(ctx context.Context) *Refusal {
	number := strings.TrimLeft(c.Project, "0")
	if c.Project != currentProject && c.Project == number || c.Box.Confirm == ConfirmOff && !c.guarded() {
		return nil
	}
	var refusal *Refusal
	if c.Project == currentProject {
		var answer gjson.Result
		answer, refusal = c.Read(ctx, "/api/projects/@current/", "", "id", "timezone")
		number, c.Timezone = answer.Get("id").String(), answer.Get("timezone").String()
		if refusal != nil && refusal.Status == http.StatusForbidden { // the key lacks the scope, and its owner may tell
			if owner, unknown := c.ReadOwner(ctx, "team.id"); unknown == nil {
				number, refusal = owner.Get("team.id").String(), nil
			}
		}
	}
	if refusal == nil {
		var err error
		if c.Request, err = c.Tool.request(c.Args, number); err != nil {
			refusal = refuse("bad_answer", "PostHog gave the current project no number.", "", "")
		}
	}
	if refusal != nil {
		refusal.Hint = view.Join("Name the project's number with project_id: what a person agrees to holds for one project. projects-list shows them.", refusal.Hint)
		return refusal.before()
	}
	c.Project, c.Base = number, c.Box.Host+projectPath(number)
	return nil
}
