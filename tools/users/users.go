// Package users declares the operations on user accounts.
package users

import (
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

const usersRoute = "/api/users/"

// ofUser names the account. Reading or changing oneself is what a key without
// staff rights can do at all.
type ofUser struct {
	UUID string `json:"uuid,omitempty" arg:"segment" jsonschema:"default=@me" jsonschema_description:"User UUID. Non-staff callers may only use @me."`
}

// profile is what the page lists for both PATCH operations.
type profile struct {
	FirstName              string       `json:"first_name,omitempty" jsonschema:"maxLength=150"`
	LastName               string       `json:"last_name,omitempty" jsonschema:"maxLength=150"`
	Email                  string       `json:"email,omitempty" arg:"filled" jsonschema:"maxLength=254"`
	AnonymizeData          *bool        `json:"anonymize_data,omitempty"`
	AllowImpersonation     *bool        `json:"allow_impersonation,omitempty"`
	ToolbarMode            *string      `json:"toolbar_mode,omitempty" jsonschema:"enum=disabled,enum=toolbar,enum="`
	IsStaff                bool         `json:"is_staff,omitempty"`
	SetCurrentOrganization string       `json:"set_current_organization,omitempty" arg:"filled,most=100"`
	SetCurrentTeam         string       `json:"set_current_team,omitempty" arg:"numeric,filled,most=32"`
	Password               string       `json:"password,omitempty" arg:"secret,filled" jsonschema:"maxLength=128"`
	CurrentPassword        string       `json:"current_password,omitempty" arg:"secret,filled" jsonschema:"maxLength=128"`
	EventsColumnConfig     *schema.JSON `json:"events_column_config,omitempty"`
	HasSeenProductIntroFor *schema.JSON `json:"has_seen_product_intro_for,omitempty"`
	ThemeMode              *string      `json:"theme_mode,omitempty" jsonschema:"enum=light,enum=dark,enum=system,enum="`
	AllowSidebar           *bool        `json:"allow_sidebar_suggestions,omitempty"`
	ShortcutPosition       *string      `json:"shortcut_position,omitempty" jsonschema:"enum=above,enum=below,enum=hidden,enum="`
	RoleAtOrganization     string       `json:"role_at_organization,omitempty" jsonschema:"enum=engineering,enum=data,enum=product,enum=founder,enum=leadership,enum=marketing,enum=sales,enum=other"`
	PasskeysFor2FA         *bool        `json:"passkeys_enabled_for_2fa,omitempty"`
	HideMCPHints           bool         `json:"hide_mcp_hints,omitempty"`
}

// The free-form members of a profile, by what is said of them: where one is
// the point of the operation, the keys that PostHog knows.
type (
	knownSettings struct {
		NotificationSettings object       `json:"notification_settings,omitempty" jsonschema_description:"Only given keys change. Booleans: plugin_disabled, all_weekly_digest_disabled, error_tracking_issue_assigned, discussions_mentioned, organization_member_join_email_disabled, pipeline_notifications_disabled. Booleans by project id: project_weekly_digest_disabled, error_tracking_weekly_digest_project_enabled, web_analytics_weekly_digest_project_enabled. data_pipeline_error_threshold: 0 to 1. realtime_notifications_disabled: {type: {project id: boolean}}."`
		HedgehogConfig       *schema.JSON `json:"hedgehog_config,omitempty" jsonschema_description:"Replaced as a whole. Keys: use_as_profile, color, accessories, skin."`
	}
	knownHedgehog struct {
		HedgehogConfig       *schema.JSON `json:"hedgehog_config,omitempty" jsonschema_description:"The whole new config. Keys: use_as_profile (boolean), color, accessories (array), skin."`
		NotificationSettings object       `json:"notification_settings,omitempty"`
	}
)

// object is a JSON object, whatever its members.
type object map[string]any

const (
	onlySession = "This operation accepts a browser session only, never an API key or OAuth token; a person does it in PostHog's account settings."
	onlyMe      = "Leave uuid out: without staff rights only @me can be used."
	checkMe     = "check with users-retrieve before repeating"
)

// Operations are those of PostHog's page.
func Operations() []engine.Operation {
	return []engine.Operation{
		{
			Name: "users-list", Title: "List users",
			Effect: engine.Read, Method: http.MethodGet, Route: usersRoute,
			Scope:       "user:read",
			Description: "Lists accounts. Without staff rights the list holds the key's owner alone; it is not a list of the team.",
			Request: struct {
				Email   string `json:"email,omitempty" arg:"filled,most=254" jsonschema_description:"Exact address."`
				IsStaff bool   `json:"is_staff,omitempty"`
				engine.OnePage
				engine.Chosen
			}{},
			RenderItem: showUser,
			Read: &engine.Reading{
				List: true, NarrowHint: "email",
				Columns: []engine.Column{{Name: "id"}, {Name: "name"}, {Name: "email"}, {Name: "organization"}, {Name: "project"}},
			},
		},
		{
			Name: "users-retrieve", Title: "Get user",
			Effect: engine.Read, Method: http.MethodGet, Route: usersRoute + ":uuid/",
			Scope:       "user:read",
			Description: "Returns an account: profile, settings, organizations and projects. Without arguments: the key's owner.",
			Request: struct {
				ofUser
				engine.Chosen
			}{},
			Has: []string{"uuid", "id"}, RenderItem: showUser,
			Hints:   map[int]string{http.StatusForbidden: onlyMe},
			Subject: "user accounts",
			Read:    &engine.Reading{Choices: &engine.Choices{Of: "accounts", Value: []string{"email"}}},
		},
		{
			Name: "users-partial-update", Title: "Update user",
			Effect: engine.Update, Method: http.MethodPatch, Route: usersRoute + ":uuid/",
			Scope: "user:write",
			Description: "Changes profile fields or settings of an account, by default the key's owner, and keeps the others. " +
				"notification_settings are merged key by key; hedgehog_config is replaced as a whole. " +
				"A new email takes effect after its owner confirms it. PostHog may refuse email and password from a key. " +
				"set_current_team and set_current_organization change what the person sees in PostHog, and what @current means.",
			Request: struct {
				ofUser
				profile
				knownSettings
				engine.Clearing
				engine.Chosen
			}{},
			Has: []string{"uuid", "id"}, RenderItem: showUser,
			Hints:   map[int]string{http.StatusForbidden: onlyMe},
			Example: `{"first_name":"Maya","role_at_organization":"product"}`,
			Write: &engine.Writing{
				MayNotify: true, Saved: usersRoute + ":uuid/", Plan: planUser, AccountChanges: accountChanges, Verify: checkMe,
			},
		},
		{
			Name: "users-destroy", Title: "Delete user",
			Effect: engine.Delete, Method: http.MethodDelete, Route: usersRoute + ":uuid/",
			Description: "Deletes an account for good. PostHog takes this from a browser session only and answers 401 to every key, so it cannot succeed here.",
			Request: struct {
				UUID string `json:"uuid" arg:"segment" jsonschema:"required" jsonschema_description:"User UUID, or @me."`
			}{},
			Hints: map[int]string{
				http.StatusUnauthorized: onlySession,
				http.StatusConflict:     "The person has to leave every organization first.",
			},
			Example: `{"uuid":"@me"}`,
			Write: &engine.Writing{
				Plan: warnOnlySession, Done: "The account is deleted.", Verify: checkMe,
				AccountChanges: func(*schema.Arguments) []string { return []string{"deleting an account"} },
			},
		},
		{
			Name: "users-credentials-review-complete-create", Title: "Complete credentials review",
			Effect: engine.Update, Method: http.MethodPost, Route: usersRoute + ":uuid/credentials_review_complete/",
			Description: "Marks the account's credentials as reviewed. PostHog takes this from a browser session only and answers 401 to every key, so it cannot succeed here.",
			Request:     struct{ ofUser }{},
			Hints:       map[int]string{http.StatusUnauthorized: onlySession},
			Write: &engine.Writing{
				Idempotent: true, Plan: warnOnlySession, Done: "The credentials are marked as reviewed.", Verify: checkMe,
			},
		},
		{
			Name: "users-github-login-retrieve", Title: "Get GitHub login",
			Effect: engine.Read, Method: http.MethodGet, Route: usersRoute + ":uuid/github_login/",
			Scope:       "user:read",
			Description: "Returns the GitHub login linked to the account, or null.",
			Request:     struct{ ofUser }{},
			Hints:       map[int]string{http.StatusForbidden: onlyMe},
			Read:        &engine.Reading{},
		},
		{
			Name: "users-hedgehog-config-retrieve", Title: "Get hedgehog config",
			Effect: engine.Read, Method: http.MethodGet, Route: usersRoute + ":uuid/hedgehog_config/",
			Scope:       "user:read",
			Description: "Returns the account's hedgehog (PostHog's mascot) settings; empty when never set.",
			Request:     struct{ ofUser }{},
			Hints:       map[int]string{http.StatusForbidden: onlyMe},
			Read:        &engine.Reading{},
		},
		{
			Name: "users-hedgehog-config-partial-update", Title: "Update hedgehog config",
			Effect: engine.Update, Method: http.MethodPatch, Route: usersRoute + ":uuid/hedgehog_config/",
			Scope: "user:write",
			Description: "Replaces the account's whole hedgehog config with hedgehog_config; nothing is merged, so read it first. " +
				"The other arguments are documented by PostHog, but the API stores whatever it gets as the config: leave them out.",
			Request: struct {
				ofUser
				knownHedgehog
				profile
			}{},
			Hints:   map[int]string{http.StatusForbidden: onlyMe},
			Example: `{"hedgehog_config":{"color":"blue"}}`,
			Write: &engine.Writing{
				Saved: usersRoute + ":uuid/hedgehog_config/", Plan: planHedgehog, AccountChanges: hedgehogChanges,
				// The API stores the whole body as the config.
				WholeBody: "hedgehog_config",
				Verify:    "check with users-hedgehog-config-retrieve before repeating",
			},
		},
	}
}

// accountChanges names what changes how a person signs in, or what they have
// open.
func accountChanges(args *schema.Arguments) (changed []string) {
	for _, name := range ofAccount {
		if args.Get(name) != nil {
			changed = append(changed, name)
		}
	}
	return changed
}

var ofAccount = []string{"email", "password", "is_staff", "passkeys_enabled_for_2fa", "set_current_organization", "set_current_team"}

// hedgehogChanges looks into the config too, which may be sent as the whole body.
func hedgehogChanges(args *schema.Arguments) []string {
	changed, config := accountChanges(args), gjson.ParseBytes(args.Get("hedgehog_config"))
	for _, name := range ofAccount {
		if config.Get(name).Exists() {
			changed = append(changed, name)
		}
	}
	return changed
}

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
}

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
	showPlace(o, "organization", object.Get("organization"), view.Fields{"id": nil, "name": nil})
	showPlace(o, "project", object.Get("team"), view.Fields{"id": nil, "name": nil, "timezone": nil})
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

// showPlace adds what is wanted of an organization or a project.
func showPlace(o *view.Object, name string, value gjson.Result, wanted view.Fields) {
	if value.IsObject() {
		o.JSON(name, wanted.Select(nil, value))
	}
}
