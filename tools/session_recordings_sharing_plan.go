package tools

import (
	"context"
	"fmt"
	"net/http"
)

// planNewPassword says when PostHog takes no password.
func planNewPassword(p *plan) {
	if !p.saved.Get("password_required").Bool() {
		p.warnings = append(p.warnings, "PostHog will refuse this: sharing does not require a password yet. session-recordings-sharing-partial-update switches that on.")
	}
}

// planLostPassword says who is locked out, by the note of the password.
func planLostPassword(p *plan) {
	id := argumentText(p.args, "password_id")
	password := p.saved.Get(`share_passwords.#(id==` + id + `)`)
	if !password.Exists() {
		p.grave = nil
		p.warnings = append(p.warnings, "PostHog will answer 404: the recording has no password "+id+".")
		return
	}
	p.grave = []string{"Who uses this password is locked out: " + named{password.Get("id").Int(), password.Get("note").String()}.String() + "."}
}

// planNewLink says what becomes of the old one.
func planNewLink(p *plan) {
	p.grave = append(p.grave, "The present link stops working after 5 minutes, for everyone who has it.")
}

// resolveRecording looks for the recording itself, since PostHog shares what
// does not exist too.
func resolveRecording(ctx context.Context, p *plan) {
	id := p.tool.argument(p.args, "recording_id")
	_, refusal := p.read(ctx, p.inProject("session_recordings/"+id+"/"), "", "id")
	switch {
	case refusal == nil:
	case refusal.Status == http.StatusNotFound:
		p.warnings = append(p.warnings, fmt.Sprintf("The project has no recording %s: PostHog would share a page without one.", id))
	default:
		p.missed("recording "+id, refusal)
	}
}
