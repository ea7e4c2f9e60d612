package tools

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/recipient"
)

const usersRoute = "/api/users/"

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

func userOperations() []Operation {
	return []Operation{
		{
			Name: "users-list", Title: "List users",
			Effect: Read, Method: http.MethodGet, Route: usersRoute,
			Scope:       "user:read",
			Description: "Lists accounts. Without staff rights the list holds the key's owner alone; it is not a list of the team.",
			Request: struct {
				Email   string `json:"email,omitempty" arg:"filled,most=254" jsonschema_description:"Exact address."`
				IsStaff bool   `json:"is_staff,omitempty"`
				onePage
				chosen
			}{},
			List: true, View: showUser, Narrow: "email",
		},
		{
			Name: "users-retrieve", Title: "Get user",
			Effect: Read, Method: http.MethodGet, Route: usersRoute + ":uuid/",
			Scope:       "user:read",
			Description: "Returns an account: profile, settings, organizations and projects. Without arguments: the key's owner.",
			Request: struct {
				ofUser
				chosen
			}{},
			Has: []string{"uuid", "id"}, View: showUser,
			Hints: map[int]string{http.StatusForbidden: onlyMe},
		},
		{
			Name: "users-partial-update", Title: "Update user",
			Effect: Update, Sends: true, Method: http.MethodPatch, Route: usersRoute + ":uuid/",
			Scope: "user:write",
			Description: "Changes profile fields or settings of an account, by default the key's owner, and keeps the others. " +
				"notification_settings are merged key by key; hedgehog_config is replaced as a whole. " +
				"A new email takes effect after its owner confirms it. PostHog may refuse email and password from a key. " +
				"set_current_team and set_current_organization change what the person sees in PostHog, and what @current means.",
			Request: struct {
				ofUser
				profile
				knownSettings
				clearing
				chosen
			}{},
			Saved:   usersRoute + ":uuid/",
			Plan:    planAccount,
			Account: accountChanges,
			Has:     []string{"uuid", "id"},
			View:    showUser,
			Hints:   map[int]string{http.StatusForbidden: onlyMe},
			Verify:  checkMe,
		},
		{
			Name: "users-destroy", Title: "Delete user",
			Effect: Delete, Method: http.MethodDelete, Route: usersRoute + ":uuid/",
			Description: "Deletes an account for good. PostHog takes this from a browser session only and answers 401 to every key, so it cannot succeed here.",
			Request: struct {
				UUID string `json:"uuid" arg:"segment" jsonschema:"required" jsonschema_description:"User UUID, or @me."`
			}{},
			Account: func(*schema.Arguments) []string { return []string{"deleting an account"} },
			Plan:    warnOnlySession,
			Done:    "The account is deleted.",
			Hints: map[int]string{
				http.StatusUnauthorized: onlySession,
				http.StatusConflict:     "The person has to leave every organization first.",
			},
			Verify: checkMe,
		},
		{
			Name: "users-credentials-review-complete-create", Title: "Complete credentials review",
			Effect: Update, Repeats: true, Method: http.MethodPost, Route: usersRoute + ":uuid/credentials_review_complete/",
			Description: "Marks the account's credentials as reviewed. PostHog takes this from a browser session only and answers 401 to every key, so it cannot succeed here.",
			Request:     struct{ ofUser }{},
			Plan:        warnOnlySession,
			Done:        "The credentials are marked as reviewed.",
			Hints:       map[int]string{http.StatusUnauthorized: onlySession},
			Verify:      checkMe,
		},
		{
			Name: "users-github-login-retrieve", Title: "Get GitHub login",
			Effect: Read, Method: http.MethodGet, Route: usersRoute + ":uuid/github_login/",
			Scope:       "user:read",
			Description: "Returns the GitHub login linked to the account, or null.",
			Request:     struct{ ofUser }{},
			Hints:       map[int]string{http.StatusForbidden: onlyMe},
		},
		{
			Name: "users-hedgehog-config-retrieve", Title: "Get hedgehog config",
			Effect: Read, Method: http.MethodGet, Route: usersRoute + ":uuid/hedgehog_config/",
			Scope:       "user:read",
			Description: "Returns the account's hedgehog (PostHog's mascot) settings; empty when never set.",
			Request:     struct{ ofUser }{},
			Hints:       map[int]string{http.StatusForbidden: onlyMe},
		},
		{
			Name: "users-hedgehog-config-partial-update", Title: "Update hedgehog config",
			Effect: Update, Method: http.MethodPatch, Route: usersRoute + ":uuid/hedgehog_config/",
			Scope: "user:write",
			Description: "Replaces the account's whole hedgehog config with hedgehog_config; nothing is merged, so read it first. " +
				"The other arguments are documented by PostHog, but the API stores whatever it gets as the config: leave them out.",
			Request: struct {
				ofUser
				knownHedgehog
				profile
			}{},
			Saved: usersRoute + ":uuid/hedgehog_config/",
			Plan:  planHedgehog, Account: hedgehogChanges,
			Body:   hedgehogBody,
			Hints:  map[int]string{http.StatusForbidden: onlyMe},
			Verify: "check with users-hedgehog-config-retrieve before repeating",
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
func planHedgehog(p *plan) {
	planAccount(p)
	if p.replaces = p.saved.Raw != "{}"; p.replaces {
		p.grave = append(p.grave, "The whole hedgehog config is replaced.")
	}
}

// warnOnlySession says of a preview what the call would come to.
func warnOnlySession(p *plan) {
	p.warnings = append(p.warnings, "PostHog refuses this with 401. "+onlySession)
}

// planAccount counts such a change as grave. A new email address gets a mail with
// a code at once, unless only the case of its letters is new. Source: PostHog's
// API, pending_email.
func planAccount(p *plan) {
	p.sends = false
	if email := argumentText(p.args, "email"); email != "" {
		p.target = target{recipient.Email, email}
		if p.sends = !strings.EqualFold(email, p.saved.Get("email").String()); p.sends {
			p.atOnce = p.target.names()
		}
	}
	for _, name := range p.tool.Account(p.args) {
		p.grave = append(p.grave, "This changes how the account's owner signs in, or what they have open in PostHog: "+name+".")
	}
}

// hedgehogBody sends the config itself where it is all that was given, since
// the API stores the whole body as the config. Anything else goes as the page
// documents it.
func hedgehogBody(body []schema.Argument) []byte {
	if len(body) == 1 && body[0].Field.Name == "hedgehog_config" && bytes.HasPrefix(body[0].Raw, []byte("{")) {
		return body[0].Raw
	}
	return jsonObject(body)
}
