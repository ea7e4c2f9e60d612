package subscriptions

import (
	"slices"
	"strings"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/view"
)

// bound are the members that a consent is about: once another call changes one
// of them, it is worthless.
var bound = view.Fields{
	"dashboard": nil, "insight": nil, "dashboard_export_insights": nil, "target_type": nil, "target_value": nil, "integration_id": nil,
	"frequency": nil, "interval": nil, "byweekday": nil, "bysetpos": nil, "count": nil, "start_date": nil, "until_date": nil,
	"enabled": nil, "deleted": nil, "invite_message": nil,
}

// The fields of a subscription that a verdict can rest on.
var (
	destination = []string{"target_type", "target_value", "integration_id"}
	scheduling  = []string{"frequency", "interval", "byweekday", "bysetpos", "count", "start_date", "until_date"}
	// reported are given as far as they have a value: PostHog refuses a dashboard
	// for a subscription of an insight, even null.
	reported = []string{"dashboard", "insight", "dashboard_export_insights"}
)

// pinned lists the fields that the verdict on a change of a subscription rests
// on. A pause or a deletion is always allowed, and rests on nothing. What makes
// messages stop is part of it; what lets them flow is not, or else a change of a
// title would undo a pause that lands at the same moment.
func pinned(p *engine.Plan, after *subscription) (fields []string) {
	if p.Stops || !judgesTargets(p.Box) {
		return nil
	}
	fields = slices.Clone(destination)
	if after.targetType.String() == recipient.Teams && !strings.Contains(after.targetValue.String(), "://") {
		fields = []string{"target_type"} // PostHog tells the host alone, and does not take it back
	}
	if after.enabled == "false" {
		fields = append(fields, "enabled")
	}
	if after.deleted.IsTrue() {
		fields = append(fields, "deleted")
	}
	if !p.Box.Confirm.Covers(p) {
		return fields
	}
	fields = append(fields, scheduling...)
	for _, name := range reported {
		if value := p.After.Get(name); value.Type != 0 && value.Raw != "[]" {
			fields = append(fields, name)
		}
	}
	return fields
}

// judgesTargets tells whether anything rests on where messages go.
func judgesTargets(b *engine.Toolbox) bool {
	return b.Confirm == engine.ConfirmSends || b.Rules.Recipients.Restricts()
}
