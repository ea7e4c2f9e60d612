package tools

import (
	"context"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/tidwall/gjson"

	"posthog-mcp/tools/view"
)

// read asks PostHog for what a call needs to know besides its own answer. The
// refusal is in the words of a read: nothing was changed.
func (c *call) read(ctx context.Context, path, query string, keep ...string) (gjson.Result, *Refusal) {
	reader := *c.tool
	reader.Effect, reader.Hints = Read, nil
	response, err := c.box.API.Do(ctx, &Request{Method: http.MethodGet, Path: path, Route: routeOf(path), Query: query, Keep: keep, Repeatable: true})
	if err != nil {
		return gjson.Result{}, reader.failed(failureOf(err))
	}
	if !response.ok() {
		return gjson.Result{}, reader.refused(response, c.project)
	}
	answer, err := view.Read(response.Body)
	switch {
	case err != nil || !answer.IsObject():
		return gjson.Result{}, reader.unusable(response, "something else than an object")
	case !jsontext.Value(answer.Raw).IsValid():
		return gjson.Result{}, reader.unusable(response, "an object that has a name twice") // what is judged must be what is shown and sent
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

// readSaved reads what the write is about to change; nothing where there is
// nothing to look at.
func (c *call) readSaved(ctx context.Context) (gjson.Result, *Refusal) {
	if c.tool.saved == nil {
		return gjson.Result{}, nil
	}
	path, err := c.tool.path(c.tool.saved, c.args, c.project)
	if err != nil {
		return gjson.Result{}, &Refusal{Code: "invalid_arguments", Detail: err.Error()}
	}
	return c.read(ctx, path, "")
}

// inProject is a path below the call's project.
func (c *call) inProject(path string) string { return "/api/projects/" + c.project + "/" + path }
