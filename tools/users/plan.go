package users

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
)

// planHedgehog says what is lost.
func planHedgehog(p *engine.Plan) {
	planAccount(p)
	if p.Replaces = p.Saved.Raw != "{}"; p.Replaces {
		p.Irreversible = append(p.Irreversible, "The whole hedgehog config is replaced.")
	}
}

// warnOnlySession says of a preview what the call would come to.
func warnOnlySession(p *engine.Plan) {
	p.Fail("PostHog refuses this with 401. %s", onlySession)
}

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
		p.Irreversible = append(p.Irreversible, "This changes how the account's owner signs in, or what they have open in PostHog: "+name+".")
	}
}

// planUser says what PostHog refuses of a change. Older versions let a key change the
// email, and the password with the current one.
func planUser(p *engine.Plan) {
	planAccount(p)
	if p.Args.Given("password") || p.Changes("email") {
		p.Fail("PostHog refuses email and password from a key, except in older versions: the person changes them in PostHog, under Settings, Account.")
	}
	if p.Args.Given("is_staff") && p.Saved.Get("is_staff").Type == gjson.False {
		p.Fail("PostHog refuses this: only staff of the instance change is_staff.")
	}
	if p.Args.Is("passkeys_enabled_for_2fa", "true") {
		p.Doubt("PostHog refuses passkeys_enabled_for_2fa unless the account has a passkey.")
	}
	foretellPlace(p)
	gjson.ParseBytes(p.Args.Get("notification_settings")).ForEach(func(name, value gjson.Result) bool {
		foretellSetting(p, name.String(), value)
		return true
	})
}

// foretellPlace is about what the account has open. Of its other organizations the
// account does not name the projects.
func foretellPlace(p *engine.Plan) {
	organization, team := p.Args.Text("set_current_organization"), p.Args.Text("set_current_team")
	has := func(list, id string) bool {
		return slices.ContainsFunc(p.Saved.Get(list).Array(), func(one gjson.Result) bool { return strings.EqualFold(one.Get("id").String(), id) })
	}
	switch {
	case organization != "" && p.Saved.Get("organizations").IsArray() && !has("organizations", organization):
		p.Fail("PostHog refuses this: the account does not belong to the organization %s.", organization)
	case organization != "" && team != "":
		p.Doubt("PostHog refuses set_current_team unless it is a project of set_current_organization.")
	case team != "" && !has("organization.teams", team):
		p.Doubt("PostHog refuses set_current_team unless the account belongs to the project %s.", team)
	}
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
	switch {
	case !right, saved.Exists() && saved.IsObject() != value.IsObject():
		p.Fail("PostHog refuses this form of notification_settings.%s.", name)
	case !saved.Exists() || name == realtime:
		p.Doubt("PostHog refuses notification_settings.%s unless its version knows it, and what is in it.", name)
	}
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
