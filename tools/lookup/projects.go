package lookup

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// limitedToProjects is what a pinned key or token that cannot read its own
// pinning meets.
const limitedToProjects = "A key that is limited to certain projects cannot list them; name its project with project_id."

// Projects declares what can be done with projects.
func Projects() []engine.Operation {
	return []engine.Operation{
		{
			Name: "projects-list", Title: "Find projects",
			Effect: engine.Read, Method: http.MethodGet, Route: "/api/projects/",
			Scope:       "project:read",
			Description: "Lists the projects that the key can reach, with the ids that project_id takes.",
			Request: struct {
				inName
				engine.OnePage
			}{},
			Has:     []string{"results.#", "scoped_teams.#"},
			Hints:   map[int]string{http.StatusForbidden: limitedToProjects, http.StatusUnauthorized: limitedToProjects},
			Example: `{"search":"app"}`,
			Read: &engine.Reading{
				List: true, NameOf: nameOf, Query: lookFurther, NarrowHint: "search", Link: "/project/{id}",
				EmptyNotice: "No project was found that the key can reach.",
				Fallback:    askTheKey, RenderPage: showProjects,
				// A project has tokens; they are not even read.
				KeepFields: []string{"count", "next", "results.id", "results.name", "results.organization", "results.timezone", "results.is_demo"},
			},
		},
	}
}

// keyPath is where a personal key tells about itself.
const keyPath = "/api/personal_api_keys/@current/"

// askTheKey finds out from the key itself which projects it is for: PostHog
// lists no projects to a key that is limited to some.
func askTheKey(refused *engine.Response, _ *engine.Request) *engine.Request {
	if refused.Status != http.StatusForbidden || !strings.HasPrefix(gjson.GetBytes(refused.Body, "detail").String(), "API keys with scoped projects") {
		return nil
	}
	return &engine.Request{
		Method: http.MethodGet, Path: keyPath, Route: keyPath, Keep: []string{"scoped_teams"}, Repeatable: true,
	}
}

func showProjects(o *view.Object, answer gjson.Result, r engine.Rendering) {
	if teams := answer.Get("scoped_teams"); teams.Exists() {
		showPinned(o, teams, r)
		return
	}
	several := severalOrganizations(answer.Get("results"))
	page, list := r.Page(func(o *view.Object, row gjson.Result) {
		o.Raw("id", row.Get("id"))
		o.Text("name", view.Cut(row.Get("name").String(), view.LongName))
		if several { // only its id is here
			o.Raw("organization", row.Get("organization"))
		}
		o.Raw("timezone", row.Get("timezone"))
		o.Flag("is_demo", row.Get("is_demo").Bool())
	})
	page.Add(o, list)
}

// showPinned has the ids alone: the key may not ask for more.
func showPinned(o *view.Object, teams gjson.Result, r engine.Rendering) {
	taken := view.Rows{Item: func(to []byte, id gjson.Result) []byte {
		row := view.NewObject(to)
		row.Raw("id", id)
		return row.Bytes()
	}}.Take(teams)
	notice := "The key is limited to these projects, and PostHog does not name them to it."
	if taken.Left {
		notice = view.Join(notice, fmt.Sprintf("only the first %d fit into the answer", taken.Shown))
	}
	o.Text("notice", notice)
	o.Text("link", r.Host+"/project/{id}")
	o.JSON("results", taken.JSON)
}

func severalOrganizations(rows gjson.Result) bool {
	first := rows.Get("0.organization").String()
	return view.Any(rows, func(row gjson.Result) bool { return row.Get("organization").String() != first })
}
