package tools

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// viewing is what a view may know besides the object, and what of it is wanted.
type viewing struct {
	now time.Time
	// host is where PostHog is; base is where links for people begin, in the
	// project.
	host string
	base string
	// single says that the object is all there is to show, not one of a list.
	single bool
	// start is the start_date that the call gave; empty for none.
	start string
	// sent says who gets a message at once, if the call had that effect; empty
	// for nobody.
	sent string
	choice
}

// chosen is part of every operation that has a concise view.
type chosen struct {
	Fields []string `json:"fields,omitempty" arg:"in=local,filled,most=200" jsonschema_description:"PostHog's fields to return instead, as dot paths; [\"*\"]: all."`
}

// choice is what the caller wants to see; the zero value is the concise view.
type choice struct {
	fields view.Fields
	all    bool
}

func choiceOf(args *schema.Arguments) (c choice, err error) {
	raw := args.Get("fields")
	if raw == nil {
		return c, nil
	}
	var paths []string
	if err := json.Unmarshal(raw, &paths); err != nil {
		return c, err
	}
	if c.fields, c.all, err = view.ParseFields(paths); err != nil {
		return c, schema.Problems{{Field: "fields", Text: err.Error()}}
	}
	return c, nil
}

// show is PostHog's answer as the agent reads it: the operation's concise view,
// or what was chosen instead.
func (t *Tool) show(args *schema.Arguments, answer gjson.Result, c viewing) []byte {
	notice := args.Notice()
	one := func(to []byte, item gjson.Result) []byte {
		switch {
		case c.all || t.View == nil:
			return append(to, item.Raw...)
		case c.fields != nil:
			return c.fields.Select(to, item)
		}
		o := view.NewObject(to)
		t.View(o, item, c)
		return o.Bytes()
	}
	if t.Show != nil && answer.IsObject() {
		o := view.NewObject(nil)
		o.Text("notice", notice)
		t.Show(o, answer, args, c)
		return o.Bytes()
	}
	if t.List {
		if list, ok := view.ReadList(answer); ok {
			notice = view.Join(notice, c.fields.Missing(list.First()))
			return t.page(args, c, notice, one).Show(nil, list)
		}
	}
	if !answer.IsObject() {
		return view.Noticed(asObject(answer.Raw), notice)
	}
	notice = view.Join(notice, c.fields.Missing(answer))
	return view.Noticed(one(nil, answer), notice)
}

func (t *Tool) page(args *schema.Arguments, c viewing, notice string, one func([]byte, gjson.Result) []byte) view.Page {
	offset, _ := strconv.ParseInt(string(args.Get("offset")), 10, 64) // checked, or absent
	page := view.Page{Item: one, Offset: offset, Narrow: t.Narrow, None: t.None, Notice: notice}
	if t.Wanted != nil {
		if page.Wanted = t.Wanted(args); page.Wanted != nil {
			page.Most = argumentNumber(args, "limit", pageLength)
		}
	}
	if t.Link != "" {
		page.Link = c.base + t.Link
	}
	return page
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
