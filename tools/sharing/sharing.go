// Package sharing declares the operations on how session recordings are shared.
package sharing

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/view"
)

const (
	sharingRoute = "/api/projects/:project_id/session_recordings/:recording_id/sharing/"
	// inRecording names a recording of the sandbox.
	inRecording       = `"recording_id":"0195f3a2-7c41-7b6e-9d2a-000000000001"`
	noPasswordFeature = "Passwords on shared links need PostHog's access control feature; an organization admin can see the plan under Billing."
	offNow            = "Sharing is off, and the new link opens nothing yet."
	everybody         = "Everyone who has the link can watch the recording, without a password."
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

// Operations are those of PostHog's page.
func Operations() []engine.Operation {
	return []engine.Operation{
		{
			Name: "session-recordings-sharing-passwords-create", Title: "Create sharing password",
			Effect: engine.Create, Route: sharingRoute + "passwords/", Scope: "sharing_configuration:write",
			Description: "Adds a password to a recording's shared link, and shows it this once. Sharing must already require one.",
			Request: []any{ofRecording{}, struct {
				RawPassword     string `json:"raw_password,omitempty" arg:"secret,most=1000" jsonschema:"minLength=8" jsonschema_description:"Left out, PostHog generates one."`
				Note            string `json:"note,omitempty" arg:"quiet" jsonschema:"maxLength=100" jsonschema_description:"Whom it is for."`
				sharingSettings `arg:"unlisted"`
			}{}, engine.InProject{}},
			Hints: map[int]string{
				http.StatusBadRequest: "Where the recording's sharing does not require a password yet, session-recordings-sharing-partial-update switches that on: enabled and password_required, both true.",
				http.StatusForbidden:  noPasswordFeature,
			},
			Has:     []string{"id"},
			Example: `{` + inRecording + `,"note":"For the auditors"}`,
			Write: &engine.Writing{
				Saved: sharingRoute, Plan: planNewPassword, Resolve: resolveRecording,
				Verify: "a password may have been added that nobody knows; it does no harm, and another call adds a known one",
			},
		},
		{
			Name: "session-recordings-sharing-passwords-destroy", Title: "Delete sharing password",
			Effect: engine.Delete, Route: sharingRoute + "passwords/:password_id/", Scope: "sharing_configuration:write",
			Description: "Deletes a password of a recording's shared link: its users are locked out.",
			Request: []any{ofRecording{}, struct {
				PasswordID string `json:"password_id" arg:"numeric,most=32" match:"^[0-9]+$" expect:"a password's number" jsonschema:"required" jsonschema_description:"From session-recordings-sharing-retrieve."`
			}{}, engine.InProject{}},
			Hints: map[int]string{
				http.StatusForbidden: noPasswordFeature,
				http.StatusNotFound:  "session-recordings-sharing-retrieve lists the passwords; a new link gives them new ids.",
			},
			Example: `{` + inRecording + `,"password_id":1}`,
			Write: &engine.Writing{
				Saved: sharingRoute, Plan: planLostPassword, After: addRemaining,
				Done:   "The password is deleted.",
				Verify: "call it again: 404 then means that the password is gone",
			},
		},
		{
			Name: "session-recordings-sharing-refresh-create", Title: "Refresh sharing link",
			Effect: engine.Update, Method: http.MethodPost, Route: sharingRoute + "refresh/", Scope: "sharing_configuration:write",
			Description: "Replaces a recording's shared link; the old one dies after 5 minutes. Passwords get new ids. Does not switch sharing on.",
			Request: []any{ofRecording{}, struct {
				sharingSettings `arg:"unlisted"`
			}{}, engine.InProject{}},
			Has: []string{"access_token"}, RenderItem: showNewLink,
			Example: `{` + inRecording + `}`,
			Subject: "shared recordings",
			Write: &engine.Writing{
				Saved: sharingRoute, Plan: planNewLink, Lasting: resolveRecording,
				Verify: "calling it again is safe: the newest link is the one that lives",
			},
		},
	}
}

// Lookups only read.
func Lookups() []engine.Operation {
	return []engine.Operation{
		{
			Name: "session-recordings-sharing-retrieve", Title: "Get recording sharing",
			Effect: engine.Read, Route: sharingRoute, Scope: "sharing_configuration:read",
			Description: "Returns a recording's shared link and the passwords' ids.",
			Request:     []any{ofRecording{}, engine.InProject{}},
			Has:         []string{"enabled"}, RenderItem: showSharing,
			Example: `{` + inRecording + `}`,
			Read:    &engine.Reading{Instead: "A person sees the link in PostHog, where the recording is shared."},
		},
	}
}

// Further operations are not on the page, which has no way to switch sharing on.
func Further() []engine.Operation {
	return []engine.Operation{
		{
			Name: "session-recordings-sharing-partial-update", Title: "Share recording",
			Effect: engine.Update, Route: sharingRoute, Scope: "sharing_configuration:write",
			Description: "Shares a recording, or stops it. Without password_required everyone who has the link can watch: give it together with enabled.",
			Request: []any{ofRecording{}, struct {
				Enabled          bool         `json:"enabled,omitempty"`
				PasswordRequired bool         `json:"password_required,omitempty"`
				Settings         *schema.JSON `json:"settings,omitempty" jsonschema_description:"As {\"noHeader\":true}."`
			}{}, engine.InProject{}},
			Has: []string{"enabled"}, RenderItem: showChanged,
			Example: `{` + inRecording + `,"enabled":true,"password_required":true}`,
			Hints:   map[int]string{http.StatusForbidden: "Where public sharing is disabled, an organization admin can allow it in PostHog. " + noPasswordFeature},
			Write: &engine.Writing{
				Saved: sharingRoute, Plan: planSharing, Lasting: warnOfNothing,
				Looks:  func(args *schema.Arguments) bool { return args.Is("enabled", "true") }, // whether people have a link
				Verify: "session-recordings-sharing-retrieve shows what is set now",
			},
		},
	}
}

func planNewPassword(p *engine.Plan) {
	open := !p.Saved.Get("password_required").Bool()
	p.Fail(view.When(open, "PostHog refuses this: sharing does not require a password yet. session-recordings-sharing-partial-update switches that on."))
}

// planLostPassword says who is locked out, by the note of the password.
func planLostPassword(p *engine.Plan) {
	id := p.Args.Text("password_id")
	password := p.Saved.Get(`share_passwords.#(id==` + id + `)`)
	if !password.Exists() {
		p.Irreversible = nil
		p.Fail(fmt.Sprintf("PostHog answers 404: the recording has no password %s.", id))
		return
	}
	p.Irreversible = []string{"Who uses this password is locked out: " + lookup.Named{ID: password.Get("id").Int(), Name: password.Get("note").String()}.String() + "."}
}

func planNewLink(p *engine.Plan) {
	on := p.Saved.Get("enabled").Bool()
	p.Final(view.When(on, "The present link stops working after 5 minutes, for everyone who has it."))
	p.Final(view.When(!on, "The links that people have never work again. "+offNow))
}

// resolveRecording looks for the recording itself, since PostHog shares what
// does not exist too.
func resolveRecording(ctx context.Context, p *engine.Plan) {
	id := p.Argument("recording_id")
	_, refusal := p.Read(ctx, p.InProject("session_recordings/"+id+"/"), "", "id")
	if refusal != nil && refusal.Status == http.StatusNotFound {
		p.Warn("The project has no recording " + id + ": PostHog shares a page without one.")
		return
	}
	p.Missed("recording "+id, refusal)
}

// warnOfNothing says so where nothing would be shared, or is.
func warnOfNothing(ctx context.Context, p *engine.Plan) {
	if p.Planned || p.Args.Is("enabled", "true") {
		resolveRecording(ctx, p)
	}
}

// closing are the settings that keep everyone from watching who has the link alone.
// One that lets them is not carried on: it would undo a lock that lands meanwhile.
func closing(object gjson.Result) []string {
	return slices.DeleteFunc([]string{"enabled", "password_required"}, func(name string) bool {
		return object.Get(name).Bool() == (name == "enabled")
	})
}

func planSharing(p *engine.Plan) {
	// What the call itself says counts too: another call may change what is
	// saved meanwhile.
	opens := p.Args.Is("enabled", "true") && !p.Args.Is("password_required", "true") ||
		p.Args.Is("password_required", "false") && !p.Args.Is("enabled", "false")
	p.Bound = view.Fields{"enabled": nil, "password_required": nil}.Select(nil, p.After)
	if p.Box.Confirm != engine.ConfirmOff && opens {
		p.Pinned = closing(p.After) // else what the person saw closed could be open by then
	}
	closes := p.Saved.Get("enabled").Bool() && !p.After.Get("enabled").Bool()
	p.Final(cmp.Or(
		view.When(isOpen(p.After) && (opens || !isOpen(p.Saved)), everybody),
		view.When(opens, "This opens the link, or takes its password away."),
		view.When(closes, "The shared link opens nothing any more."),
	))
	again := p.Args.Is("enabled", "true") && !p.Saved.Get("enabled").Bool() && p.Saved.Get("created_at").Type == gjson.String
	p.Warn(view.When(again, "Newer PostHog makes a new link when sharing is switched on again; on older ones the links that people have work again."))
	settings := gjson.ParseBytes(p.Args.Get("settings"))
	p.Fail(view.When(settings.IsArray(), "PostHog refuses settings that are an array: they are an object."))
	for name, value := range view.Members(settings) {
		theme := name.String() == "theme"
		wrong := theme && !slices.Contains([]string{"light", "dark", "system"}, value.String()) || !theme && !value.IsBool()
		p.Doubt(view.When(wrong, "PostHog refuses settings."+name.String()+" where it knows it: settings are booleans, and theme is light, dark or system."))
	}
	p.ShowAfter = showSharing
}

// showSharing shows a link only where it opens something: of a recording that
// was never shared, PostHog makes up a token anew for each look.
func showSharing(o *view.Object, object gjson.Result, r engine.Rendering) {
	taken := passwordsOf(object)
	o.Copies(object, "enabled", "password_required")
	if settings := object.Get("settings"); settings.IsObject() && settings.Raw != "{}" {
		o.Raw("settings", settings)
	}
	if taken.Shown > 0 {
		o.JSON("passwords", taken.JSON)
	}
	if object.Get("enabled").Bool() && object.Get("created_at").Type == gjson.String {
		o.Text("link", r.Host+"/shared/"+url.PathEscape(object.Get("access_token").String()))
	}
	warnings := []string{warning(object), view.When(taken.Left, fmt.Sprintf("Only %d of the passwords fit into the answer.", taken.Shown))}
	o.Texts("warnings", slices.DeleteFunc(warnings, func(sentence string) bool { return sentence == "" }))
}

// showChanged is what a change of the settings alone leaves as it was without.
func showChanged(o *view.Object, object gjson.Result, r engine.Rendering) {
	if !r.Gives("enabled", "password_required") {
		o.Copies(object, "enabled", "settings")
		return
	}
	showSharing(o, object, r)
}

func showNewLink(o *view.Object, object gjson.Result, r engine.Rendering) {
	notice := cmp.Or(view.When(object.Get("enabled").Bool(), "The old link works for 5 more minutes."), offNow)
	o.Text("notice", notice+view.When(len(object.Get("share_passwords").Array()) > 0, " The passwords are the same, under new ids."))
	showSharing(o, object, r)
}

// addRemaining lists the passwords that are left. It is no failure not to know.
func addRemaining(ctx context.Context, c *engine.Call, _ gjson.Result, r engine.Result) engine.Result {
	saved, refusal := c.ReadSaved(ctx)
	if refusal != nil {
		return r
	}
	r = r.With("passwords", passwordsOf(saved).JSON)
	if sentence := warning(saved); sentence != "" {
		list, _ := json.Marshal([]string{sentence})
		r = r.With("warnings", list)
	}
	return r
}

func passwordsOf(object gjson.Result) view.Taken {
	return view.Rows{Item: func(to []byte, password gjson.Result) []byte {
		return view.Fields{"id": nil, "note": nil, "created_at": nil}.Select(to, password)
	}}.Take(object.Get("share_passwords"))
}

func isOpen(object gjson.Result) bool {
	return object.Get("enabled").Bool() && !object.Get("password_required").Bool()
}

func warning(object gjson.Result) string {
	shut := object.Get("enabled").Bool() && len(object.Get("share_passwords").Array()) == 0
	return cmp.Or(
		view.When(isOpen(object), everybody),
		view.When(shut, "Nobody can open the link while it has no password: session-recordings-sharing-passwords-create adds one."),
	)
}
