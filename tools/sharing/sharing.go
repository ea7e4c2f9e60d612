// Package sharing declares the operations on how session recordings are shared.
package sharing

import (
	"net/http"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
)

const (
	sharingRoute = "/api/projects/:project_id/session_recordings/:recording_id/sharing/"
	// inRecording names a recording of the sandbox.
	inRecording = `"recording_id":"0195f3a2-7c41-7b6e-9d2a-000000000001"`
)

// ofRecording names the recording; PostHog does not check that it exists.
type ofRecording struct {
	RecordingID string `json:"recording_id" arg:"segment" jsonschema:"required" jsonschema_description:"Id in a /replay/ link."`
}

// sharingSettings are documented for both POST operations, and read by neither:
// they are taken, and not offered.
type sharingSettings struct {
	Enabled          bool         `json:"enabled,omitempty"`
	Settings         *schema.JSON `json:"settings,omitempty"`
	PasswordRequired bool         `json:"password_required,omitempty"`
}

const noPasswordFeature = "Passwords on shared links need PostHog's access control feature; an organization admin can see the plan under Billing."

// Operations are those of PostHog's page.
func Operations() []tools.Operation {
	return []tools.Operation{
		{
			Name: "session-recordings-sharing-passwords-create", Title: "Create sharing password",
			Effect: tools.Create, Route: sharingRoute + "passwords/", Scope: "sharing_configuration:write",
			Description: "Adds a password to a recording's shared link, and shows it this once. Sharing must already require one.",
			Request: []any{ofRecording{}, struct {
				RawPassword     string `json:"raw_password,omitempty" arg:"secret,most=1000" jsonschema:"minLength=8" jsonschema_description:"Left out, PostHog generates one."`
				Note            string `json:"note,omitempty" arg:"quiet" jsonschema:"maxLength=100" jsonschema_description:"Whom it is for."`
				sharingSettings `arg:"unlisted"`
			}{}, tools.InProject{}},
			Hints: map[int]string{
				http.StatusBadRequest: "Where the recording's sharing does not require a password yet, session-recordings-sharing-partial-update switches that on: enabled and password_required, both true.",
				http.StatusForbidden:  noPasswordFeature,
			},
			Has:     []string{"id"},
			Example: `{` + inRecording + `,"note":"For the auditors"}`,
			Write: &tools.Writing{
				Saved: sharingRoute, Plan: planNewPassword, Resolve: resolveRecording,
				Verify: "a password may have been added that nobody knows; it does no harm, and another call adds a known one",
			},
		},
		{
			Name: "session-recordings-sharing-passwords-destroy", Title: "Delete sharing password",
			Effect: tools.Delete, Route: sharingRoute + "passwords/:password_id/", Scope: "sharing_configuration:write",
			Description: "Deletes a password of a recording's shared link: its users are locked out.",
			Request: []any{ofRecording{}, struct {
				PasswordID string `json:"password_id" arg:"numeric,most=32" match:"^[0-9]+$" expect:"a password's number" jsonschema:"required" jsonschema_description:"From session-recordings-sharing-retrieve."`
			}{}, tools.InProject{}},
			Hints: map[int]string{
				http.StatusForbidden: noPasswordFeature,
				http.StatusNotFound:  "session-recordings-sharing-retrieve lists the passwords; a new link gives them new ids.",
			},
			Example: `{` + inRecording + `,"password_id":1}`,
			Write: &tools.Writing{
				Saved: sharingRoute, Plan: planLostPassword, After: addRemaining,
				Done:   "The password is deleted.",
				Verify: "call it again: 404 then means that the password is gone",
			},
		},
		{
			Name: "session-recordings-sharing-refresh-create", Title: "Refresh sharing link",
			Effect: tools.Update, Method: http.MethodPost, Route: sharingRoute + "refresh/", Scope: "sharing_configuration:write",
			Description: "Replaces a recording's shared link; the old one dies after 5 minutes. Passwords get new ids. Does not switch sharing on.",
			Request: []any{ofRecording{}, struct {
				sharingSettings `arg:"unlisted"`
			}{}, tools.InProject{}},
			Has: []string{"access_token"}, RenderItem: showNewLink,
			Example: `{` + inRecording + `}`,
			Subject: "shared recordings",
			Write: &tools.Writing{
				Saved: sharingRoute, Plan: planNewLink, Lasting: resolveRecording,
				Verify: "calling it again is safe: the newest link is the one that lives",
			},
		},
	}
}

// Lookups only read.
func Lookups() []tools.Operation {
	return []tools.Operation{
		{
			Name: "session-recordings-sharing-retrieve", Title: "Get recording sharing",
			Effect: tools.Read, Route: sharingRoute, Scope: "sharing_configuration:read",
			Description: "Returns a recording's shared link and the passwords' ids.",
			Request:     []any{ofRecording{}, tools.InProject{}},
			Has:         []string{"enabled"}, RenderItem: showSharing,
			Example: `{` + inRecording + `}`,
			Read:    &tools.Reading{Instead: "A person sees the link in PostHog, where the recording is shared."},
		},
	}
}

// Further operations are not on the page, which has no way to switch sharing on.
func Further() []tools.Operation {
	return []tools.Operation{
		{
			Name: "session-recordings-sharing-partial-update", Title: "Share recording",
			Effect: tools.Update, Route: sharingRoute, Scope: "sharing_configuration:write",
			Description: "Shares a recording, or stops it. Without password_required everyone who has the link can watch: give it together with enabled.",
			Request: []any{ofRecording{}, struct {
				Enabled          bool         `json:"enabled,omitempty"`
				PasswordRequired bool         `json:"password_required,omitempty"`
				Settings         *schema.JSON `json:"settings,omitempty" jsonschema_description:"As {\"noHeader\":true}."`
			}{}, tools.InProject{}},
			Has: []string{"enabled"}, RenderItem: showChanged,
			Example: `{` + inRecording + `,"enabled":true,"password_required":true}`,
			Hints:   map[int]string{http.StatusForbidden: "Where public sharing is disabled, an organization admin can allow it in PostHog. " + noPasswordFeature},
			Write: &tools.Writing{
				Saved: sharingRoute, Plan: planSharing, Lasting: warnOfNothing,
				Looks:  func(args *schema.Arguments) bool { return args.Is("enabled", "true") }, // whether people have a link
				Verify: "session-recordings-sharing-retrieve shows what is set now",
			},
		},
	}
}
