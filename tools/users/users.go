// Package users declares the operations on user accounts.
package users

import (
	"net/http"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
)

const usersRoute = "/api/users/"

// ofUser names the account. Reading or changing oneself is what a key without
// staff rights can do at all.
type ofUser struct {
	UUID string `json:"uuid,omitempty" arg:"segment" jsonschema:"default=@me"`
}

// profile is what the page lists for both PATCH operations.
type profile struct {
	FirstName              string       `json:"first_name,omitempty" arg:"quiet" jsonschema:"maxLength=150"`
	LastName               string       `json:"last_name,omitempty" arg:"quiet" jsonschema:"maxLength=150"`
	Email                  string       `json:"email,omitempty" arg:"filled,quiet" jsonschema:"maxLength=254"`
	AnonymizeData          *bool        `json:"anonymize_data,omitempty"`
	AllowImpersonation     *bool        `json:"allow_impersonation,omitempty"`
	ToolbarMode            *string      `json:"toolbar_mode,omitempty" jsonschema:"enum=disabled,enum=toolbar,enum="`
	IsStaff                bool         `json:"is_staff,omitempty"`
	SetCurrentOrganization string       `json:"set_current_organization,omitempty" arg:"filled,most=100" jsonschema_description:"UUID."`
	SetCurrentTeam         string       `json:"set_current_team,omitempty" arg:"numeric,filled,most=32" jsonschema_description:"Project id."`
	Password               string       `json:"password,omitempty" arg:"secret,filled,quiet" jsonschema:"maxLength=128"`
	CurrentPassword        string       `json:"current_password,omitempty" arg:"secret,filled,quiet" jsonschema:"maxLength=128"`
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
		NotificationSettings map[string]any `json:"notification_settings,omitempty" jsonschema_description:"Merged by key. Booleans: plugin_disabled, all_weekly_digest_disabled, error_tracking_issue_assigned, error_tracking_weekly_digest, web_analytics_weekly_digest, discussions_mentioned, materialized_view_sync_failed, project_api_key_exposed. {project id: boolean}: project_weekly_digest_disabled, (error_tracking|web_analytics)_weekly_digest_project_enabled, realtime_notifications_disabled.TYPE. {organization id: boolean}: organization_member_join_email_disabled. {hog_function|batch_export|plugin_config:ID: boolean}: pipeline_notifications_disabled. 0 to 1: data_pipeline_error_threshold."`
		HedgehogConfig       *schema.JSON   `json:"hedgehog_config,omitempty" jsonschema_description:"Replaced as a whole."`
	}
	knownHedgehog struct {
		HedgehogConfig       *schema.JSON   `json:"hedgehog_config,omitempty" jsonschema_description:"Keys: enabled, use_as_profile (booleans), color, skin, accessories (array)."`
		NotificationSettings map[string]any `json:"notification_settings,omitempty" arg:"unlisted"`
	}
)

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
			Effect: engine.Read, Route: usersRoute, Scope: "user:read",
			Description: "Lists accounts; without staff rights the key's owner alone. Others: organization-members-list.",
			Request: []any{struct {
				Email   string `json:"email,omitempty" arg:"filled,most=254" jsonschema_description:"Exact."`
				IsStaff bool   `json:"is_staff,omitempty"`
			}{}, engine.OnePage{}, engine.Chosen{}},
			RenderItem: showUser,
			Read: &engine.Reading{
				List: true, NarrowHint: "email",
				EmptyNotice: "No such account. Without staff rights the key's owner is the only one listed: organization-members-list finds colleagues.",
				Columns:     []engine.Column{{Name: "id"}, {Name: "name"}, {Name: "email"}, {Name: "organization"}, {Name: "project"}},
			},
		},
		{
			Name: "users-retrieve", Title: "Get user",
			Effect: engine.Read, Route: usersRoute + ":uuid/", Scope: "user:read",
			Description: "Returns an account: profile, settings, organizations, projects.",
			Request:     []any{ofUser{}, engine.Chosen{}},
			Has:         []string{"uuid", "id"}, RenderItem: showUser,
			Explain: explainUser,
			Subject: "user accounts",
			Read:    &engine.Reading{Choices: &engine.Choices{Of: "accounts", Value: []string{"email"}}},
		},
		{
			Name: "users-partial-update", Title: "Update user",
			Effect: engine.Update, Route: usersRoute + ":uuid/", Scope: "user:write",
			Description: "Changes the given fields of an account. A new email has to be confirmed; a key may be refused email and password. set_current_team and set_current_organization change what @current means.",
			Request:     []any{ofUser{}, profile{}, knownSettings{}, engine.Clearing{}, engine.Chosen{}},
			Has:         []string{"uuid", "id"}, RenderItem: showChanged,
			Explain: explainUser,
			Example: `{"first_name":"Maya","role_at_organization":"product"}`,
			Write: &engine.Writing{
				MayNotify: true, Saved: usersRoute + ":uuid/", Plan: planUser, AccountChanges: accountChanges, Verify: checkMe,
				Looks: func(args *schema.Arguments) bool { return args.Given("email") }, // who gets a mail
			},
		},
		{
			Name: "users-destroy", Title: "Delete user",
			Effect: engine.Delete, Route: usersRoute + ":uuid/",
			Description: "Deletes an account for good. Takes a browser session only: every key gets 401.",
			Request: []any{struct {
				UUID string `json:"uuid" arg:"segment" jsonschema:"required" jsonschema_description:"Or @me."`
			}{}},
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
			Description: "Marks credentials as reviewed. Takes a browser session only: every key gets 401.",
			Request:     []any{ofUser{}},
			Hints:       map[int]string{http.StatusUnauthorized: onlySession},
			Write: &engine.Writing{
				Idempotent: true, Plan: warnOnlySession, Done: "The credentials are marked as reviewed.", Verify: checkMe,
			},
		},
		{
			Name: "users-github-login-retrieve", Title: "Get GitHub login",
			Effect: engine.Read, Route: usersRoute + ":uuid/github_login/", Scope: "user:read",
			Description: "Returns the account's GitHub login, or null.",
			Request:     []any{ofUser{}},
			Explain:     explainUser,
			Read:        &engine.Reading{},
		},
		{
			Name: "users-hedgehog-config-retrieve", Title: "Get hedgehog config",
			Effect: engine.Read, Route: usersRoute + ":uuid/hedgehog_config/", Scope: "user:read",
			Description: "Returns the account's hedgehog (mascot) settings.",
			Request:     []any{ofUser{}},
			Explain:     explainUser,
			Read:        &engine.Reading{Instead: `users-retrieve with fields: ["hedgehog_config"] has them.`},
		},
		{
			Name: "users-hedgehog-config-partial-update", Title: "Update hedgehog config",
			Effect: engine.Update, Route: usersRoute + ":uuid/hedgehog_config/", Scope: "user:write",
			Description: "Replaces the account's whole hedgehog_config: read it first.",
			Request: []any{ofUser{}, knownHedgehog{}, struct {
				profile `arg:"unlisted"`
			}{}},
			Explain: explainUser,
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
