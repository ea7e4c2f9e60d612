package sharing

import (
	"context"
	"net/http"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/lookup"
	"posthog-mcp/tools/view"
)

// planNewPassword says when PostHog takes no password.
func planNewPassword(p *engine.Plan) {
	if !p.Saved.Get("password_required").Bool() {
		p.Warn("PostHog will refuse this: sharing does not require a password yet. session-recordings-sharing-partial-update switches that on.")
	}
}

// planLostPassword says who is locked out, by the note of the password.
func planLostPassword(p *engine.Plan) {
	id := p.Args.Text("password_id")
	password := p.Saved.Get(`share_passwords.#(id==` + id + `)`)
	if !password.Exists() {
		p.Irreversible = nil
		p.Warn("PostHog will answer 404: the recording has no password %s.", id)
		return
	}
	p.Irreversible = []string{"Who uses this password is locked out: " + lookup.Named{ID: password.Get("id").Int(), Name: password.Get("note").String()}.String() + "."}
}

// planNewLink says what becomes of the old one.
func planNewLink(p *engine.Plan) {
	p.Irreversible = append(p.Irreversible, "The present link stops working after 5 minutes, for everyone who has it.")
}

// resolveRecording looks for the recording itself, since PostHog shares what
// does not exist too.
func resolveRecording(ctx context.Context, p *engine.Plan) {
	id := p.Argument("recording_id")
	_, refusal := p.Read(ctx, p.InProject("session_recordings/"+id+"/"), "", "id")
	switch {
	case refusal == nil:
	case refusal.Status == http.StatusNotFound:
		p.Warn("The project has no recording %s: PostHog would share a page without one.", id)
	default:
		p.Missed("recording "+id, refusal)
	}
}

// planSharing says what a change means to those who have the link, or get it.
func planSharing(p *engine.Plan) {
	// What the call itself says counts too: another call may change what is
	// saved meanwhile.
	opens := p.Args.Is("enabled", "true") && !p.Args.Is("password_required", "true") ||
		p.Args.Is("password_required", "false") && !p.Args.Is("enabled", "false")
	p.Bound = view.Fields{"enabled": nil, "password_required": nil}.Select(nil, p.After)
	if p.Box.Confirm != engine.ConfirmOff && p.Gives("enabled", "password_required") {
		p.Pinned = []string{"enabled", "password_required"} // either alone means nothing
	}
	switch {
	case isOpen(p.After) && (opens || !isOpen(p.Saved)):
		p.Irreversible = append(p.Irreversible, "Everyone who has the link can watch the recording, without a password.")
	case opens:
		p.Irreversible = append(p.Irreversible, "This opens the link, or takes its password away.")
	case p.Saved.Get("enabled").Bool() && !p.After.Get("enabled").Bool():
		p.Irreversible = append(p.Irreversible, "The shared link opens nothing any more.")
	}
	p.ShowAfter(showSharing)
}
