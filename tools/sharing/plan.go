package sharing

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/view"
)

func planNewPassword(p *tools.Plan) {
	if !p.Saved.Get("password_required").Bool() {
		p.Fail("PostHog refuses this: sharing does not require a password yet. session-recordings-sharing-partial-update switches that on.")
	}
}

// planLostPassword says who is locked out, by the note of the password.
func planLostPassword(p *tools.Plan) {
	id := p.Args.Text("password_id")
	password := p.Saved.Get(`share_passwords.#(id==` + id + `)`)
	if !password.Exists() {
		p.Irreversible = nil
		p.Fail("PostHog answers 404: the recording has no password %s.", id)
		return
	}
	p.Irreversible = []string{"Who uses this password is locked out: " + lookup.Named{ID: password.Get("id").Int(), Name: password.Get("note").String()}.String() + "."}
}

const offNow = "Sharing is off, and the new link opens nothing yet."

func planNewLink(p *tools.Plan) {
	words := "The present link stops working after 5 minutes, for everyone who has it."
	if !p.Saved.Get("enabled").Bool() {
		words = "The links that people have never work again. " + offNow
	}
	p.Irreversible = append(p.Irreversible, words)
}

// resolveRecording looks for the recording itself, since PostHog shares what
// does not exist too.
func resolveRecording(ctx context.Context, p *tools.Plan) {
	id := p.Argument("recording_id")
	_, refusal := p.Read(ctx, p.InProject("session_recordings/"+id+"/"), "", "id")
	if refusal != nil && refusal.Status == http.StatusNotFound {
		p.Warn("The project has no recording %s: PostHog shares a page without one.", id)
	} else if refusal != nil {
		p.Missed("recording "+id, refusal)
	}
}

const everybody = "Everyone who has the link can watch the recording, without a password."

// warnOfNothing says so where nothing would be shared, or is.
func warnOfNothing(ctx context.Context, p *tools.Plan) {
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

func planSharing(p *tools.Plan) {
	// What the call itself says counts too: another call may change what is
	// saved meanwhile.
	opens := p.Args.Is("enabled", "true") && !p.Args.Is("password_required", "true") ||
		p.Args.Is("password_required", "false") && !p.Args.Is("enabled", "false")
	p.Bound = view.Fields{"enabled": nil, "password_required": nil}.Select(nil, p.After)
	if p.Box.Confirm != tools.ConfirmOff && opens {
		p.Pinned = closing(p.After) // else what the person saw closed could be open by then
	}
	switch {
	case isOpen(p.After) && (opens || !isOpen(p.Saved)):
		p.Irreversible = append(p.Irreversible, everybody)
	case opens:
		p.Irreversible = append(p.Irreversible, "This opens the link, or takes its password away.")
	case p.Saved.Get("enabled").Bool() && !p.After.Get("enabled").Bool():
		p.Irreversible = append(p.Irreversible, "The shared link opens nothing any more.")
	}
	if p.Args.Is("enabled", "true") && !p.Saved.Get("enabled").Bool() && p.Saved.Get("created_at").Type == gjson.String {
		p.Warn("Newer PostHog makes a new link when sharing is switched on again; on older ones the links that people have work again.")
	}
	for name, value := range view.Members(gjson.ParseBytes(p.Args.Get("settings"))) {
		right := value.IsBool()
		if name.String() == "theme" {
			right = slices.Contains([]string{"light", "dark", "system"}, value.String())
		}
		if !right {
			p.Doubt("PostHog refuses settings.%s where it knows it: settings are booleans, and theme is light, dark or system.", name.String())
		}
	}
	p.ShowAfter = showSharing
}

// showSharing shows a link only where it opens something: of a recording that
// was never shared, PostHog makes up a token anew for each look.
func showSharing(o *view.Object, object gjson.Result, r tools.Rendering) {
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
	warnings := sharingWarnings(object)
	if taken.Left {
		warnings = append(warnings, fmt.Sprintf("Only %d of the passwords fit into the answer.", taken.Shown))
	}
	o.Texts("warnings", warnings)
}

// showChanged is what a change of the settings alone leaves as it was without.
func showChanged(o *view.Object, object gjson.Result, r tools.Rendering) {
	if !r.Gives("enabled", "password_required") {
		o.Copies(object, "enabled", "settings")
		return
	}
	showSharing(o, object, r)
}

func showNewLink(o *view.Object, object gjson.Result, r tools.Rendering) {
	notice := offNow
	if object.Get("enabled").Bool() {
		notice = "The old link works for 5 more minutes."
	}
	if len(object.Get("share_passwords").Array()) > 0 {
		notice += " The passwords are the same, under new ids."
	}
	o.Text("notice", notice)
	showSharing(o, object, r)
}

// addRemaining lists the passwords that are left. It is no failure not to know.
func addRemaining(ctx context.Context, c *tools.Call, _ gjson.Result, r tools.Result) tools.Result {
	saved, refusal := c.ReadSaved(ctx)
	if refusal != nil {
		return r
	}
	r = r.With("passwords", passwordsOf(saved).JSON)
	if warnings := sharingWarnings(saved); warnings != nil {
		words, _ := json.Marshal(warnings)
		r = r.With("warnings", words)
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

func sharingWarnings(object gjson.Result) []string {
	switch {
	case isOpen(object):
		return []string{everybody}
	case object.Get("enabled").Bool() && len(object.Get("share_passwords").Array()) == 0:
		return []string{"Nobody can open the link while it has no password: session-recordings-sharing-passwords-create adds one."}
	}
	return nil
}
