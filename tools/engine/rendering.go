package engine

import (
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

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
	// Single says that the object is all there is to show, not one of a list.
	Single bool

	tool   *Tool
	choice choice
}

// Page is how the operation's list is shown, and the list. render writes an item
// in the place of [Operation.RenderItem]; nil stands for that.
func (r Rendering) Page(answer gjson.Result, render func(o *view.Object, item gjson.Result)) (view.Page, view.List) {
	list, _ := view.ReadList(answer)
	reading := r.tool.Read
	page := view.Page{
		Offset: r.Args.Number("offset", 0), Narrow: reading.NarrowHint, None: reading.EmptyNotice,
		ByName: reading.NameOf != nil, Notice: r.choice.fields.Missing(list.First()),
	}
	match := func(gjson.Result) string { return "" }
	if words := view.Words(r.Args.Text("search")); page.ByName && len(words) > 0 {
		page.Wanted, match = view.Find(list.Items, words, reading.NameOf)
	} else if reading.Filter != nil {
		page.Wanted = reading.Filter(r.Args)
	}
	if page.ByName || page.Wanted != nil {
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
	case r.choice.all || render == nil && r.tool.RenderItem == nil:
		return append(to, item.Raw...)
	case r.choice.fields != nil:
		return r.choice.fields.Select(to, item)
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
func (r Rendering) show(answer gjson.Result) []byte {
	notice, reading := r.Args.Notice(), r.tool.Read
	switch {
	case !answer.IsObject():
		return view.Noticed(asObject(answer.Raw), notice)
	case reading != nil && reading.RenderPage != nil:
		o := view.NewObject(nil)
		reading.RenderPage(o, answer, r)
		return view.Noticed(o.Bytes(), notice)
	case reading != nil && reading.List:
		page, list := r.Page(answer, nil)
		if list.Items.IsArray() {
			return view.Noticed(page.Show(nil, list), notice)
		}
	}
	return view.Noticed(r.item(nil, answer, nil, ""), view.Join(notice, r.choice.fields.Missing(answer)))
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
