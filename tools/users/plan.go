package users

import (
	"strings"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
)

// accountChanges names what changes how a person signs in, or what they have
// open.
func accountChanges(args *schema.Arguments) (changed []string) {
	for _, name := range []string{"email", "password", "is_staff", "passkeys_enabled_for_2fa", "set_current_organization", "set_current_team"} {
		if args.Get(name) != nil {
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
	p.Warn("PostHog refuses this with 401. %s", onlySession)
}

// planAccount counts such a change as irreversible. A new email address gets a mail with
// a code at once, unless only the case of its letters is new. Source: PostHog's
// API, pending_email.
func planAccount(p *engine.Plan) {
	p.Target = recipient.Target{Kind: recipient.Email, Value: p.Args.Text("email")}
	if p.Notifies = !strings.EqualFold(p.Target.Value, p.Saved.Get("email").String()) && p.Target.Value != ""; p.Notifies {
		p.AtOnce = p.Target.Names()
	}
	for _, name := range p.Tool.Write.AccountChanges(p.Args) {
		p.Irreversible = append(p.Irreversible, "This changes how the account's owner signs in, or what they have open in PostHog: "+name+".")
	}
}
