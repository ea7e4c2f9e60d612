package tools

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"posthog-mcp/tools/view"
)

// Read asks PostHog for what a call needs to know besides its own answer. The
// refusal is in the words of a read: nothing was changed.
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

// ReadSaved reads what the write is about to change; nothing where there is
// nothing to look at.
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

// settleProject puts the project's number in the place of @current, where a
// consent or the duplicate guard is about a certain project: @current is the
// project that a person has open, who may open another at any moment. 007 becomes
// 7, as PostHog reads it.
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
