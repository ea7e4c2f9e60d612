package tools_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

// What an operator lets one caller do, and what goes to PostHog of it.
func TestLimits(t *testing.T) {
	const elsewhere = "Your token is for project 42 alone, not for project "
	inProject := engine.Limits{Project: "42"}
	reading := engine.Limits{Selection: engine.Selection{ReadOnly: true, Exclude: []string{"subscriptions-list"}}}
	for _, c := range []struct {
		name            string
		limits          engine.Limits
		tool, arguments string
		// denied is a part of the denial; empty where the call is made, at uri.
		denied, uri string
	}{
		{"no limits", engine.Limits{}, "subscriptions-retrieve", `{"id":1}`, "", "/api/projects/7/subscriptions/1/"},
		{"none named", inProject, "subscriptions-retrieve", `{"id":1}`, "", "/api/projects/42/subscriptions/1/"},
		{"its own", inProject, "subscriptions-retrieve", `{"id":1,"project_id":42}`, "", "/api/projects/42/subscriptions/1/"},
		{"its own, as text", inProject, "subscriptions-retrieve", `{"id":1,"project_id":"42"}`, "", "/api/projects/42/subscriptions/1/"},
		{"padded with null", inProject, "subscriptions-retrieve", `{"id":1,"project_id":null}`, "", "/api/projects/42/subscriptions/1/"},
		{"another", inProject, "subscriptions-retrieve", `{"id":1,"project_id":43}`, elsewhere + "43.", ""},
		{"the server's", inProject, "subscriptions-retrieve", `{"id":1,"project_id":7}`, elsewhere + "7.", ""},
		{"the current one", inProject, "subscriptions-retrieve", `{"id":1,"project_id":"@current"}`, elsewhere + "@current.", ""},
		{"spelled otherwise", inProject, "subscriptions-retrieve", `{"id":1,"project_id":"042"}`, elsewhere + "042.", ""},
		{"a write elsewhere", inProject, "subscriptions-test-delivery-create", `{"id":1,"project_id":43}`, elsewhere + "43.", ""},
		{"a preview elsewhere", inProject, "subscriptions-partial-update", `{"id":1,"enabled":false,"project_id":43,"dry_run":true}`, elsewhere + "43.", ""},
		{"no project's", inProject, "users-retrieve", `{}`, "users-retrieve belongs to no project, and your token is for project 42 alone.", ""},
		{"all projects'", inProject, "projects-list", `{}`, "projects-list belongs to no project", ""},
		{"reading", reading, "subscriptions-retrieve", `{"id":1}`, "", "/api/projects/7/subscriptions/1/"},
		{"writing", reading, "subscriptions-test-delivery-create", `{"id":1}`, `switched off for your token, by its limit "read_only"`, ""},
		{"excluded", reading, "subscriptions-list", `{}`, `switched off for your token, by its limit "exclude_tools"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWire(t)
			w.box.Project = "7"
			tool := catalogue(t).Tool(c.tool)
			ctx := engine.WithCaller(t.Context(), engine.Caller{Limits: c.limits})
			result := w.box.Call(ctx, tool, []byte(c.arguments))
			if result.IsError != (c.denied != "") || !strings.Contains(result.Text, c.denied) {
				t.Errorf("want %q, got %s", c.denied, result.Text)
			}
			var uris []string
			for _, s := range w.takeSent() {
				uris = append(uris, s.URI)
			}
			if diff := cmp.Diff(c.uri, strings.Join(uris, " ")); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if c.denied != "" && tool.Effect != engine.Read && (result.Write == nil || result.Write.Outcome != "denied") {
				t.Errorf("the record has %+v", result.Write)
			}
		})
	}
}

// A caller's own choice applies beside the limits, and brings nothing back.
func TestLimitsAndSelection(t *testing.T) {
	limits := engine.Limits{Selection: engine.Selection{Toolsets: []string{"subscriptions"}}}
	own := engine.Selection{ReadOnly: true, Tools: []string{"users-list", "subscriptions-list", "subscriptions-create"}}
	box := &engine.Toolbox{}
	var offered []string
	for _, tool := range catalogue(t).Tools() {
		if box.Offers(engine.WithCaller(t.Context(), engine.Caller{Limits: limits, Selection: own}), tool) {
			offered = append(offered, tool.Name)
		}
	}
	if diff := cmp.Diff([]string{"subscriptions-list"}, offered); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What a login is to ask for is what the operator offers, and no more.
func TestScopes(t *testing.T) {
	for _, c := range []struct {
		rules engine.Rules
		want  []string
	}{
		{engine.Rules{Selection: engine.Selection{Toolsets: []string{"users"}}}, []string{"user:read", "user:write"}},
		{engine.Rules{Selection: engine.Selection{Toolsets: []string{"subscriptions"}, ReadOnly: true}}, []string{"subscription:read"}},
		{engine.Rules{Selection: engine.Selection{Tools: []string{"users-destroy"}}}, nil},
	} {
		box := &engine.Toolbox{Rules: c.rules}
		if diff := cmp.Diff(c.want, box.Scopes(catalogue(t))); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.rules, diff)
		}
	}
}

// The scope that a key lacks is known beside the words.
func TestResultScope(t *testing.T) {
	w := newWire(t)
	w.answers(403, nil, `{"type":"authentication_error","code":"permission_denied","detail":"API key missing required scope 'subscription:read'","attr":null}`)
	if got := w.call("subscriptions-list", `{}`).Scope; got != "subscription:read" {
		t.Errorf("a missing scope is %q", got)
	}
	w.answers(403, nil, `{"detail":"You don't have access to the project."}`)
	if got := w.call("subscriptions-list", `{}`).Scope; got != "" {
		t.Errorf("another 403 has the scope %q", got)
	}
}
