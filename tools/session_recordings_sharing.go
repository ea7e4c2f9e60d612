package tools

import (
	"net/http"

	"posthog-mcp/schema"
)

const sharingRoute = "/api/projects/:project_id/session_recordings/:recording_id/sharing/"

// ofRecording names the recording; PostHog does not check that it exists.
type ofRecording struct {
	RecordingID string `json:"recording_id" arg:"segment" jsonschema:"required" jsonschema_description:"Session id, as in a /replay/ link."`
}

// sharingSettings are documented for both POST operations, and read by neither.
type sharingSettings struct {
	Enabled          bool         `json:"enabled,omitempty" jsonschema_description:"Documented, without effect here."`
	Settings         *schema.JSON `json:"settings,omitempty" jsonschema_description:"Documented, without effect here."`
	PasswordRequired bool         `json:"password_required,omitempty" jsonschema_description:"Documented, without effect here."`
}

const noPasswordFeature = "Passwords on shared links need PostHog's access control feature; an organization admin can see the plan under Billing."

func sharingOperations() []Operation {
	return []Operation{
		{
			Name: "session-recordings-sharing-passwords-create", Title: "Create sharing password",
			Effect: Create, Method: http.MethodPost, Route: sharingRoute + "passwords/",
			Scope: "sharing_configuration:write",
			Description: "Adds a password to a recording's shared link and returns it in plain text, this once only. " +
				"Sharing must already require a password. Every call adds one more; the others stay valid.",
			Request: struct {
				ofRecording
				RawPassword string `json:"raw_password,omitempty" arg:"secret,most=1000" jsonschema:"minLength=8" jsonschema_description:"The password; left out, PostHog generates one."`
				Note        string `json:"note,omitempty" jsonschema:"maxLength=100" jsonschema_description:"Who or what it is for."`
				sharingSettings
				inProject
			}{},
			Hints: map[int]string{
				http.StatusBadRequest: "Where the recording's sharing does not require a password yet, session-recordings-sharing-partial-update switches that on: enabled and password_required, both true.",
				http.StatusForbidden:  noPasswordFeature,
			},
			Has:   []string{"id"},
			Saved: sharingRoute, Plan: planNewPassword, Resolve: resolveRecording,
			Verify: "a password may have been added that nobody knows; it does no harm, and another call adds a known one",
		},
		{
			Name: "session-recordings-sharing-passwords-destroy", Title: "Delete sharing password",
			Effect: Delete, Method: http.MethodDelete, Route: sharingRoute + "passwords/:password_id/",
			Scope: "sharing_configuration:write",
			Description: "Deletes one password of a recording's shared link; who used it is locked out. " +
				"The link and the other passwords stay.",
			Request: struct {
				ofRecording
				PasswordID string `json:"password_id" arg:"numeric,most=32" match:"^[0-9]+$" expect:"a password's number" jsonschema:"required" jsonschema_description:"The password's number, not the password."`
				inProject
			}{},
			Saved: sharingRoute, Plan: planLostPassword,
			Done:   "The password is deleted.",
			Hints:  map[int]string{http.StatusForbidden: noPasswordFeature},
			Verify: "call it again: 404 then means that the password is gone",
		},
		{
			Name: "session-recordings-sharing-refresh-create", Title: "Refresh sharing link",
			Effect: Update, Method: http.MethodPost, Route: sharingRoute + "refresh/",
			Scope: "sharing_configuration:write",
			Description: "Replaces a recording's shared link: the result has the new one, " +
				"and the old link dies after 5 minutes. Settings are kept; passwords are kept under new ids. Does not switch sharing on.",
			Request: struct {
				ofRecording
				sharingSettings
				inProject
			}{},
			Has: []string{"access_token"}, View: showSharing,
			Saved: sharingRoute, Plan: planNewLink, Resolve: resolveRecording,
			Verify: "calling it again is safe: the newest link is the one that lives",
		},
	}
}
