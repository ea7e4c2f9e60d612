package users

import (
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// showChanged is who it is, and what the call changed. Passwords are never shown.
func showChanged(o *view.Object, object gjson.Result, r engine.Rendering) {
	showName(o, object)
	o.Raw("email", object.Get("email"))
	o.Raw("pending_email", object.Get("pending_email"))
	for _, a := range r.Args.List {
		name := a.Field.Name
		value := object.Get(name)
		switch {
		case name == "set_current_team" || name == "set_current_organization":
			showPlaces(o, object)
		case name == "email" || a.Field.Secret || !value.Exists():
		case value.IsObject():
			o.JSON(name, given(gjson.ParseBytes(a.Raw)).Select(nil, value))
		default:
			o.JSON(name, []byte(value.Raw))
		}
	}
}

// given are the members of an object, and of the objects in it.
func given(object gjson.Result) view.Fields {
	if !object.IsObject() || object.Raw == "{}" {
		return nil
	}
	fields := view.Fields{}
	object.ForEach(func(name, value gjson.Result) bool {
		fields[name.String()] = given(value)
		return true
	})
	return fields
}

func showName(o *view.Object, object gjson.Result) {
	o.Text("name", strings.TrimSpace(object.Get("first_name").String()+" "+object.Get("last_name").String()))
}

func showPlaces(o *view.Object, object gjson.Result) {
	showPlace(o, "organization", object.Get("organization"), view.Fields{"id": nil, "name": nil})
	showPlace(o, "project", object.Get("team"), view.Fields{"id": nil, "name": nil, "timezone": nil})
}

// showUser is the concise view of an account: who it is, where it works, and
// the settings that are set. Of the project's tokens nothing is shown.
func showUser(o *view.Object, object gjson.Result, _ engine.Rendering) {
	for _, name := range []string{"id", "uuid"} {
		o.Raw(name, object.Get(name))
	}
	showName(o, object)
	for _, name := range []string{"email", "pending_email", "role_at_organization"} {
		o.Raw(name, object.Get(name))
	}
	o.Flag("is_staff", object.Get("is_staff").Bool())
	showPlaces(o, object)
	if others := object.Get("organization.teams").Array(); len(others) > 1 {
		o.JSON("projects", view.Fields{"id": nil, "name": nil}.Select(nil, object.Get("organization.teams")))
	}
	if others := object.Get("organizations").Array(); len(others) > 1 {
		o.JSON("organizations", view.Fields{"id": nil, "name": nil}.Select(nil, object.Get("organizations")))
	}
	for _, name := range []string{"theme_mode", "toolbar_mode", "shortcut_position", "notification_settings"} {
		o.Raw(name, object.Get(name))
	}
	for _, name := range []string{"is_2fa_enabled", "anonymize_data", "hide_mcp_hints", "requires_credential_review"} {
		o.Flag(name, object.Get(name).Bool())
	}
}

// showPlace adds what is wanted of an organization or a project.
func showPlace(o *view.Object, name string, value gjson.Result, wanted view.Fields) {
	if value.IsObject() {
		o.JSON(name, wanted.Select(nil, value))
	}
}
