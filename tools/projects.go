package tools

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// limitedToProjects is what a pinned key or token that cannot read its own
// pinning meets.
const limitedToProjects = "A key that is limited to certain projects cannot list them; name its project with project_id."

func projectOperations() []Operation {
	return []Operation{
		{
			Name: "projects-list", Title: "Find projects",
			Effect: Read, Method: http.MethodGet, Route: "/api/projects/",
			Scope:       "project:read",
			Description: "Lists the projects that the key can reach, with the ids that project_id takes.",
			Request: struct {
				inName
				onePage
			}{},
			Query: lookFurther, List: true, Again: askTheKey, Show: showProjects,
			Has: []string{rows, "scoped_teams.#"},
			// A project has tokens; they are not even read.
			Keep:  []string{"count", "next", "results.id", "results.name", "results.organization", "results.timezone", "results.is_demo"},
			Hints: map[int]string{http.StatusForbidden: limitedToProjects, http.StatusUnauthorized: limitedToProjects},
		},
	}
}

// keyPath is where a personal key tells about itself.
const keyPath = "/api/personal_api_keys/@current/"

// askTheKey finds out from the key itself which projects it is for: PostHog
// lists no projects to a key that is limited to some.
func askTheKey(refused *Response, _ *Request) *Request {
	if refused.Status != http.StatusForbidden || !strings.HasPrefix(gjson.GetBytes(refused.Body, "detail").String(), "API keys with scoped projects") {
		return nil
	}
	return &Request{
		Method: http.MethodGet, Path: keyPath, Route: keyPath, Keep: []string{"scoped_teams"}, Repeatable: true,
	}
}

func showProjects(o *view.Object, answer gjson.Result, args *schema.Arguments, c viewing) {
	if teams := answer.Get("scoped_teams"); teams.Exists() {
		showPinned(o, teams, c)
		return
	}
	several := severalOrganizations(answer.Get("results"))
	searched{
		name: func(row gjson.Result) string { return row.Get("name").String() },
		row: func(o *view.Object, row gjson.Result) {
			o.Raw("id", row.Get("id"))
			o.Text("name", cut(row.Get("name").String(), longName))
			if several { // only its id is here
				o.Raw("organization", row.Get("organization"))
			}
			o.Raw("timezone", row.Get("timezone"))
			o.Flag("is_demo", row.Get("is_demo").Bool())
		},
		link: c.host + "/project/{id}", narrow: "search",
		none: "No project was found that the key can reach.",
	}.show(o, answer, args)
}

// showPinned has the ids alone: the key may not ask for more.
func showPinned(o *view.Object, teams gjson.Result, c viewing) {
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
	o.Text("link", c.host+"/project/{id}")
	o.JSON("results", taken.JSON)
}

func severalOrganizations(rows gjson.Result) bool {
	first := rows.Get("0.organization").String()
	return anyOf(rows, func(row gjson.Result) bool { return row.Get("organization").String() != first })
}
