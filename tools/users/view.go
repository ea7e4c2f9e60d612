package users

import (
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// showUser is the concise view of an account: who it is, where it works, and
// the settings that are set. Of the project's tokens nothing is shown.
func showUser(o *view.Object, object gjson.Result, _ engine.Rendering) {
	for _, name := range []string{"id", "uuid"} {
		o.Raw(name, object.Get(name))
	}
	o.Text("name", strings.TrimSpace(object.Get("first_name").String()+" "+object.Get("last_name").String()))
	for _, name := range []string{"email", "pending_email", "role_at_organization"} {
		o.Raw(name, object.Get(name))
	}
	o.Flag("is_staff", object.Get("is_staff").Bool())
	showPlace(o, "organization", object.Get("organization"), "id", "name")
	showPlace(o, "project", object.Get("team"), "id", "name", "timezone")
	if others := object.Get("organization.teams").Array(); len(others) > 1 {
		o.JSON("projects", view.Fields{"id": nil, "name": nil}.Select(nil, object.Get("organization.teams")))
	}
	if others := object.Get("organizations").Array(); len(others) > 1 {
		o.JSON("organizations", view.Fields{"id": nil, "name": nil}.Select(nil, object.Get("organizations")))
	}
	for _, name := range []string{"theme_mode", "toolbar_mode", "shortcut_position", "notification_settings"} {
		o.Raw(name, object.Get(name))
	}
	for _, name := range []string{"is_2fa_enabled", "anonymize_data", "requires_credential_review"} {
		o.Flag(name, object.Get(name).Bool())
	}
}

// showPlace adds the named members of an organization or a project.
func showPlace(o *view.Object, name string, value gjson.Result, members ...string) {
	if !value.IsObject() {
		return
	}
	wanted := view.Fields{}
	for _, m := range members {
		wanted[m] = nil
	}
	o.JSON(name, wanted.Select(nil, value))
}
