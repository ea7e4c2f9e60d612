package lookup

import (
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// Members declares the look-up of colleagues.
func Members() []engine.Operation {
	return []engine.Operation{
		{
			Name: "organization-members-list", Title: "Find colleagues",
			Effect: engine.Read, Method: http.MethodGet, Route: "/api/organizations/@current/members/",
			Scope:       "organization_member:read",
			Description: "Finds members of the organization: name, email, role; with search, also UUID.",
			Request: struct {
				inName
				engine.OnePage
			}{},
			Hints:      map[int]string{http.StatusForbidden: "A key that is limited to certain projects, or to another organization, cannot list them."},
			RenderItem: showMember,
			Example:    `{"search":"Maya"}`,
			Read: &engine.Reading{
				List: true, NameOf: memberName, Query: lookFurther, NarrowHint: "search",
				EmptyNotice: "No member of the organization was found. The name may be another.",
				Instead:     "A person finds them in PostHog, under Settings, Members.",
				Columns:     []engine.Column{{Name: "name"}, {Name: "email"}, {Name: "role"}},
				KeepFields: []string{
					"count", "next", "results.level", "results.search_match_type",
					"results.user.uuid", "results.user.first_name", "results.user.last_name", "results.user.email",
				},
			},
		},
	}
}

// memberName is what a member is found by.
func memberName(row gjson.Result) string {
	return personName(row) + " " + row.Get("user.email").String()
}

func personName(row gjson.Result) string {
	return strings.TrimSpace(view.Text(row.Get("user.first_name").String() + " " + row.Get("user.last_name").String()))
}

// roles are PostHog's levels of membership. Source: posthog/models/organization.py.
var roles = map[int64]string{1: "member", 8: "admin", 15: "owner"}

// showMember has the UUID, which subscriptions-list takes as created_by, of those who
// were searched for.
func showMember(o *view.Object, row gjson.Result, r engine.Rendering) {
	o.Text("name", view.Cut(personName(row), view.LongName))
	o.Raw("email", row.Get("user.email"))
	o.Text("role", roles[row.Get("level").Int()])
	if r.Args.Given("search") {
		o.Raw("uuid", row.Get("user.uuid"))
	}
}
