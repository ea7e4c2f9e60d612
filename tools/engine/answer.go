package engine

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// answered is the result of a success: of an answer that has the documented
// shape. Anything else came from somewhere else, or is an error in the clothes
// of a success; of a write nobody can tell then what became of it.
func (c *Call) answered(ctx context.Context, r *Response) Result {
	t, body, done := c.Tool, bytes.TrimSpace(r.Body), c.Tool.done()
	if isHTML(r.ContentType, body) {
		return t.unusable(r, "an HTML page instead of JSON").result()
	}
	if len(body) == 0 && done == "" {
		return t.unusable(r, "an empty answer where an object was due").result()
	}
	if len(body) == 0 {
		return said(r.Status, done, c.Args.Notice())
	}
	answer, err := view.Read(body)
	if err != nil {
		return t.unusable(r, "JSON that breaks off or is not valid").result()
	}
	c.answer = answer
	if wrong := t.wrong(answer); wrong != "" {
		return t.unusable(r, wrong).result()
	}
	if done != "" {
		return said(r.Status, done, c.Args.Notice())
	}
	if reading := t.Read; reading != nil && reading.Further != nil {
		if refusal := reading.Further(ctx, c, answer.Result); refusal != nil {
			return refusal.result()
		}
	}
	object := c.show()
	if t.Write != nil {
		object = c.effects(ctx, object, answer.Result)
	}
	object = view.Clean(object)
	if !jsontext.Value(object).IsValid() {
		return t.unusable(r, "an object that has a name twice").result() // which readers take in different ways
	}
	return Result{Object: object, Status: r.Status}
}

// done is said of a success without a body of its own; empty where there is one.
func (t *Tool) done() string {
	if t.Write == nil {
		return ""
	}
	return t.Write.Done
}

// wrong says why the answer is no success of the operation; empty when it is.
func (t *Tool) wrong(answer view.Document) string {
	for _, name := range t.Has {
		if name == "results.#" && answer.List.Items.Exists() || answer.IsObject() && answer.Get(name).Type != gjson.Null {
			return ""
		}
	}
	switch {
	case isError(answer.Result):
		return fmt.Sprintf("an error: %q", textOf(answer.Value()))
	case t.done() != "" && answer.Type != gjson.Null && !answer.IsObject():
		return "something else than an object"
	case t.Has == nil:
		return ""
	}
	return "JSON without " + strings.ReplaceAll(strings.Join(t.Has, " or "), ".#", "")
}

// isError tells whether an object is PostHog's error, in one of its shapes.
func isError(answer gjson.Result) bool {
	members := len(answer.Map())
	is := func(names ...string) bool {
		for _, name := range names {
			if answer.Get(name).Type != gjson.String {
				return false
			}
		}
		return true
	}
	return is("type", "code", "detail") || members == 1 && (is("error") || is("detail"))
}

// said gives words to an answer without a body.
func said(status int, done, notice string) Result {
	o := view.NewObject(nil)
	o.Text("notice", notice)
	o.Number("status", int64(status))
	o.Text("message", done)
	return Result{Object: o.Bytes(), Status: status}
}

func isHTML(contentType string, body []byte) bool {
	return contentType == "text/html" || contentType == "application/xhtml+xml" || bytes.HasPrefix(body, []byte("<"))
}

// pageLength is how many rows a list has where the call does not say.
const pageLength = 25

// LookedAt is how many rows are asked for where this server picks some of them. It
// is PostHog's own page: rows that are not shown cost the agent nothing.
const LookedAt = 100

// Rendering is what a view may know besides the object that it shows.
type Rendering struct {
	Args *schema.Arguments
	Now  time.Time
	// Base is where links for people begin: PostHog's host, and the project where
	// the call has one. Host is that without the project.
	Base, Host string
	// Planned says that the call has a plan, which names those who get a message at
	// once.
	Planned bool
	// Insights are names of insights that were read besides, by id.
	Insights map[int64]string
	// Notice is said of a list before everything else; empty for nothing.
	Notice string
	// Zone is the time zone that a person means; nil where it is not known.
	Zone *time.Location
	// Single says that the object is all there is to show, not one of a list.
	Single bool

	tool *Tool
	// chosen says that the call names fields to show in the place of the concise view.
	chosen bool
	fields view.Fields
	answer view.Document
}

// Page is how the answer, which is a list, is shown, and the list. render writes an item
// in the place of [Operation.RenderItem]; nil stands for that.
func (r Rendering) Page(render func(o *view.Object, item gjson.Result)) (view.Page, view.List) {
	list, reading := r.answer.List, r.tool.Read
	page := view.Page{
		Offset: r.Args.Number("offset", 0), NarrowHint: reading.NarrowHint, EmptyNotice: reading.EmptyNotice,
		ByName: reading.NameOf != nil, Notice: view.Join(r.Notice, r.fields.Missing(list.Items.Get("0"))),
	}
	match := func(gjson.Result) string { return "" }
	if words := view.Words(r.Args.Text("search")); page.ByName && len(words) > 0 {
		page.Filter, match = view.Find(list.Items, words, reading.NameOf)
	} else if reading.Filter != nil {
		page.Filter = reading.Filter(r)
	}
	if page.ByName || page.Filter != nil {
		page.Most = r.Args.Number("limit", pageLength)
	}
	if reading.Link != "" {
		page.Link = r.Base + reading.Link
	}
	page.Item = func(to []byte, item gjson.Result) []byte { return r.item(to, item, render, match(item)) }
	return page, list
}

// item appends an object as it is shown: with the operation's concise view, or
// what was chosen instead.
func (r Rendering) item(to []byte, item gjson.Result, render func(*view.Object, gjson.Result), match string) []byte {
	switch {
	case r.chosen:
		return r.fields.Select(to, item)
	case render == nil && r.tool.RenderItem == nil:
		return append(to, item.Raw...)
	}
	o := view.NewObject(to)
	if render != nil {
		render(o, item)
	} else {
		r.tool.RenderItem(o, item, r)
	}
	o.Text("match", match)
	return o.Bytes()
}

// show is PostHog's answer as the agent reads it.
func (r Rendering) show() []byte {
	answer, notice, reading := r.answer.Result, r.Args.Notice(), r.tool.Read
	switch {
	case !answer.IsObject():
		return view.WithNotice(asObject(answer.Raw), notice)
	case reading != nil && reading.RenderPage != nil:
		o := view.NewObject(nil)
		reading.RenderPage(o, answer, r)
		return view.WithNotice(o.Bytes(), notice)
	case reading != nil && reading.List:
		if page, list := r.Page(nil); list.Items.Exists() {
			o := view.NewObject(nil)
			page.Add(o, list)
			return view.WithNotice(o.Bytes(), notice)
		}
	}
	return view.WithNotice(r.item(nil, answer, nil, ""), view.Join(notice, r.fields.Missing(answer)))
}

func projectPath(project string) string {
	if project == "" || strings.Trim(project, "0123456789") != "" {
		return "" // without it PostHog shows the project that the person has open
	}
	return "/project/" + project
}

// asObject wraps what is not an object: MCP's structured content must be one.
func asObject(value string) []byte {
	o := view.NewObject(nil)
	o.JSON("result", []byte(value))
	return o.Bytes()
}
