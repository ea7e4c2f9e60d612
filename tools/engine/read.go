package engine

import (
	"context"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"
)

// Read asks PostHog for what a call needs to know besides its own answer. The
// refusal is in the words of a read: nothing was changed.
func (c *Call) Read(ctx context.Context, path, query string, keep ...string) (gjson.Result, *Refusal) {
	reader := *c.Tool
	reader.Effect, reader.Hints = Read, nil
	response, err := c.Box.API.Do(ctx, &Request{Method: http.MethodGet, Path: path, Route: routeOf(path), Query: query, Keep: keep, Repeatable: true})
	if err != nil {
		return gjson.Result{}, reader.failed(failureOf(err))
	}
	if !response.ok() {
		return gjson.Result{}, reader.refused(response, c.Project)
	}
	answer := gjson.ParseBytes(response.Body)
	if !gjson.ValidBytes(response.Body) || !answer.IsObject() {
		return gjson.Result{}, reader.unusable(response, "something else than an object")
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
	if c.Tool.saved == nil {
		return gjson.Result{}, nil
	}
	path, err := c.Tool.path(c.Tool.saved, c.Args, c.Project)
	if err != nil {
		return gjson.Result{}, &Refusal{Code: "invalid_arguments", Detail: err.Error()}
	}
	return c.Read(ctx, path, "")
}

// InProject is a path below the call's project.
func (c *Call) InProject(path string) string { return "/api/projects/" + c.Project + "/" + path }

// ReadOwner reads the account that the key belongs to.
func (c *Call) ReadOwner(ctx context.Context, keep ...string) (gjson.Result, *Refusal) {
	return c.Read(ctx, "/api/users/@me/", "", keep...)
}
