package tools

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

func sharingLookups() []Operation {
	return []Operation{
		{
			Name: "session-recordings-sharing-retrieve", Title: "Get recording sharing",
			Effect: Read, Method: http.MethodGet, Route: sharingRoute,
			Scope:       "sharing_configuration:read",
			Description: "Returns whether a recording is shared, with the link and the passwords' ids.",
			Request: struct {
				ofRecording
				inProject
			}{},
			Has: []string{"enabled"}, View: showSharing,
		},
	}
}

// furtherSharing is not on the page, which has no way to switch sharing on.
func furtherSharing() []Operation {
	return []Operation{
		{
			Name: "session-recordings-sharing-partial-update", Title: "Share recording",
			Effect: Update, Method: http.MethodPatch, Route: sharingRoute,
			Scope: "sharing_configuration:write",
			Description: "Changes how a recording is shared. enabled and password_required in one call lock the link from the first moment; " +
				"without password_required everyone who has the link can watch. PostHog does not check that the recording exists.",
			Request: struct {
				ofRecording
				Enabled          bool         `json:"enabled,omitempty"`
				PasswordRequired bool         `json:"password_required,omitempty"`
				Settings         *schema.JSON `json:"settings,omitempty" jsonschema_description:"Of the shared page, like {\"noHeader\":true}."`
				inProject
			}{},
			Saved: sharingRoute, Plan: planSharing, Resolve: resolveRecording,
			Has: []string{"enabled"}, View: showSharing,
			Hints:  map[int]string{http.StatusForbidden: "Where public sharing is disabled, an organization admin can allow it in PostHog. " + noPasswordFeature},
			Verify: "session-recordings-sharing-retrieve shows what is set now",
		},
	}
}

// showSharing shows a link only where it opens something: of a recording that
// was never shared, PostHog makes up a token anew for each look.
func showSharing(o *view.Object, object gjson.Result, c viewing) {
	passwords := object.Get("share_passwords")
	taken := view.Rows{Item: func(to []byte, password gjson.Result) []byte {
		return view.Fields{"id": nil, "note": nil, "created_at": nil}.Select(to, password)
	}}.Take(passwords)
	o.Raw("enabled", object.Get("enabled"))
	o.Raw("password_required", object.Get("password_required"))
	if settings := object.Get("settings"); settings.IsObject() && settings.Raw != "{}" {
		o.Raw("settings", settings)
	}
	if taken.Shown > 0 {
		o.JSON("passwords", taken.JSON)
	}
	if isShared(object) {
		o.Text("link", c.host+"/shared/"+url.PathEscape(object.Get("access_token").String()))
	}
	warnings := sharingWarnings(object)
	if taken.Left {
		warnings = append(warnings, fmt.Sprintf("Only %d of the passwords fit into the answer.", taken.Shown))
	}
	o.Texts("warnings", warnings)
}

func isShared(object gjson.Result) bool {
	return object.Get("enabled").Bool() && object.Get("created_at").Type == gjson.String
}

// isOpen says that who has the link needs nothing else.
func isOpen(object gjson.Result) bool {
	return object.Get("enabled").Bool() && !object.Get("password_required").Bool()
}

func sharingWarnings(object gjson.Result) []string {
	if object.Get("enabled").Bool() && object.Get("password_required").Bool() && len(object.Get("share_passwords").Array()) == 0 {
		return []string{"Nobody can open the link while it has no password: session-recordings-sharing-passwords-create adds one."}
	}
	return nil
}

// closing are the settings that keep everyone from watching who has the link alone.
// One that lets them is not carried on: it would undo a lock that lands meanwhile.
func closing(object gjson.Result) (names []string) {
	if !object.Get("enabled").Bool() {
		names = append(names, "enabled")
	}
	if object.Get("password_required").Bool() {
		names = append(names, "password_required")
	}
	return names
}

// planSharing says what a change means to those who have the link, or get it.
func planSharing(p *plan) {
	// What the call itself says counts too: another call may change what is
	// saved meanwhile.
	opens := says(p.args, "enabled", "true") && !says(p.args, "password_required", "true") || says(p.args, "password_required", "false") && !says(p.args, "enabled", "false")
	p.bound = view.Fields{"enabled": nil, "password_required": nil}.Select(nil, p.after)
	if p.box.Confirm != ConfirmOff && opens {
		p.rests = closing(p.after) // else what the person saw closed could be open by then
	}
	switch {
	case isOpen(p.after) && (opens || !isOpen(p.saved)):
		p.grave = append(p.grave, "Everyone who has the link can watch the recording, without a password.")
	case opens:
		p.grave = append(p.grave, "This opens the link, or takes its password away.")
	case p.saved.Get("enabled").Bool() && !p.after.Get("enabled").Bool():
		p.grave = append(p.grave, "The shared link opens nothing any more.")
	}
	p.shown = func() []byte {
		o := view.NewObject(nil)
		showSharing(o, p.after, p.viewing)
		return o.Bytes()
	}
}
