package users

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// explainUser tells the refusal of another's account from those of a field.
func explainUser(_ context.Context, c *engine.Call, e *engine.Refusal) {
	if e.Status == http.StatusForbidden && e.Scope == "" && c.Argument("uuid") != "@me" {
		e.Hint = view.Join(e.Hint, onlyMe)
	}
}

// ofAccount are the arguments that change how a person signs in, or what they have
// open.
var ofAccount = []string{"email", "password", "is_staff", "passkeys_enabled_for_2fa", "set_current_organization", "set_current_team"}

func accountChanges(args *schema.Arguments) []string {
	return slices.DeleteFunc(slices.Clone(ofAccount), func(name string) bool { return args.Get(name) == nil })
}

// hedgehogChanges looks into the config too, which may be sent as the whole body.
func hedgehogChanges(args *schema.Arguments) []string {
	config := gjson.ParseBytes(args.Get("hedgehog_config"))
	within := slices.DeleteFunc(slices.Clone(ofAccount), func(name string) bool { return !config.Get(name).Exists() })
	return append(accountChanges(args), within...)
}

func planHedgehog(p *engine.Plan) {
	planAccount(p)
	p.Replaces = p.Saved.Raw != "{}"
	p.Final(view.When(p.Replaces, "The whole hedgehog config is replaced."))
}

func warnOnlySession(p *engine.Plan) { p.Fail("PostHog refuses this with 401. " + onlySession) }

// planAccount counts such a change as irreversible. A new email address gets a mail with
// a code at once, unless only the case of its letters is new. Source: PostHog's
// API, pending_email.
func planAccount(p *engine.Plan) {
	p.Notifies = false
	if email := p.Args.Text("email"); email != "" {
		p.Target = recipient.Target{Kind: recipient.Email, Value: email}
		if p.Notifies = !strings.EqualFold(email, p.Saved.Get("email").String()); p.Notifies {
			p.Perhaps = p.Target.Names()
		}
	}
	for _, name := range p.Tool.Write.AccountChanges(p.Args) {
		p.Final("This changes how the account's owner signs in, or what they have open in PostHog: " + name + ".")
	}
}

// planUser says what PostHog refuses of a change. Older versions let a key change the
// email, and the password with the current one.
func planUser(p *engine.Plan) {
	planAccount(p)
	rises := p.Args.Given("is_staff") && p.Saved.Get("is_staff").Type == gjson.False
	p.Fail(view.When(p.Args.Given("password") || p.Changes("email"), "PostHog refuses email and password from a key, except in older versions: the person changes them in PostHog, under Settings, Account."))
	p.Fail(view.When(rises, "PostHog refuses this: only staff of the instance change is_staff."))
	p.Doubt(view.When(p.Args.Is("passkeys_enabled_for_2fa", "true"), "PostHog refuses passkeys_enabled_for_2fa unless the account has a passkey."))
	foretellPlace(p)
	for name, value := range view.Members(gjson.ParseBytes(p.Args.Get("notification_settings"))) {
		foretellSetting(p, name.String(), value)
	}
}

// foretellPlace is about what the account has open. Of its other organizations the
// account does not name the projects.
func foretellPlace(p *engine.Plan) {
	organization, team := p.Args.Text("set_current_organization"), p.Args.Text("set_current_team")
	has := func(list, id string) bool {
		return slices.ContainsFunc(view.Items(p.Saved.Get(list)), func(one gjson.Result) bool { return strings.EqualFold(one.Get("id").String(), id) })
	}
	elsewhere := organization != "" && p.Saved.Get("organizations").IsArray() && !has("organizations", organization)
	p.Fail(view.When(elsewhere, "PostHog refuses this: the account does not belong to the organization "+organization+"."))
	both, unknown := organization != "" && team != "", organization == "" && team != "" && !has("organization.teams", team)
	p.Doubt(view.When(both && !elsewhere, "PostHog refuses set_current_team unless it is a project of set_current_organization."))
	p.Doubt(view.When(unknown, "PostHog refuses set_current_team unless the account belongs to the project "+team+"."))
}

const realtime, pipelines = "realtime_notifications_disabled", "pipeline_notifications_disabled"

var pipeline = regexp.MustCompile(`^(hog_function|batch_export|plugin_config):`)

// foretellSetting is about a notification setting: a boolean, a number, or an object
// of booleans by id, as the account has it. Source: PostHog's API,
// validate_notification_settings.
func foretellSetting(p *engine.Plan, name string, value gjson.Result) {
	saved, right := p.Saved.Get("notification_settings").Get(gjson.Escape(name)), value.IsBool()
	switch {
	case name == "data_pipeline_error_threshold":
		right = right || value.Type == gjson.Number && value.Num >= 0 && value.Num <= 1
	case value.IsObject():
		right = areFlags(name, value)
	}
	wrong := !right || saved.Exists() && saved.IsObject() != value.IsObject()
	p.Fail(view.When(wrong, "PostHog refuses this form of notification_settings."+name+"."))
	p.Doubt(view.When(!wrong && (!saved.Exists() || name == realtime), "PostHog refuses notification_settings."+name+" unless its version knows it, and what is in it."))
}

// areFlags tells booleans by id; of one setting there are such for each type.
func areFlags(name string, object gjson.Result) bool {
	for id, of := range object.Map() {
		right := of.IsBool() && (name != pipelines || pipeline.MatchString(id))
		if name == realtime {
			right = of.IsObject() && areFlags("", of)
		}
		if !right {
			return false
		}
	}
	return true
}

// showUser is the concise view of an account: who it is, where it works, and
// the settings that are set. Of the project's tokens nothing is shown.
func showUser(o *view.Object, object gjson.Result, _ engine.Rendering) {
	o.Copies(object, "id", "uuid")
	showName(o, object)
	o.Copies(object, "email", "pending_email", "role_at_organization")
	o.Flags(object, "is_staff")
	showPlaces(o, object)
	for _, list := range [][2]string{{"projects", "organization.teams"}, {"organizations", "organizations"}} {
		if all := object.Get(list[1]); len(all.Array()) > 1 {
			o.JSON(list[0], named.Select(nil, all))
		}
	}
	o.Copies(object, "theme_mode", "toolbar_mode", "shortcut_position", "notification_settings")
	o.Flags(object, "is_2fa_enabled", "anonymize_data", "hide_mcp_hints", "requires_credential_review")
}

// showChanged is who it is, and what the call changed. Passwords are never shown.
func showChanged(o *view.Object, object gjson.Result, r engine.Rendering) {
	showName(o, object)
	o.Copies(object, "email", "pending_email")
	for _, a := range r.Args.List {
		name := a.Field.Name
		switch value := object.Get(name); {
		case name == "set_current_team" && r.Gives("set_current_organization"): // they are shown together
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

// given are the members of an object, and of the objects in it; nil for none.
func given(object gjson.Result) (fields view.Fields) {
	for name, value := range view.Members(object) {
		if fields == nil {
			fields = view.Fields{}
		}
		fields[name.String()] = given(value)
	}
	return fields
}

func showName(o *view.Object, object gjson.Result) {
	o.Text("name", strings.TrimSpace(object.Get("first_name").String()+" "+object.Get("last_name").String()))
}

func showPlaces(o *view.Object, object gjson.Result) {
	project := view.Fields{"id": nil, "name": nil, "timezone": nil}
	o.Raw("organization", gjson.ParseBytes(named.Select(nil, object.Get("organization"))))
	o.Raw("project", gjson.ParseBytes(project.Select(nil, object.Get("team"))))
}

var named = view.Fields{"id": nil, "name": nil}
