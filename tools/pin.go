package tools

import (
	"slices"

	"posthog-mcp/schema"
)

// pin adds to the request the saved fields that the verdict on the plan rests
// on, with the values that were looked at. Two calls at one moment are each
// judged by what is saved; when they land on one another, whichever lands last
// leaves what was judged as a whole. A lock would not do: other replicas and
// other clients write too.
func (p *plan) pin() {
	members := p.body()
	given := len(members)
	for _, name := range p.rests {
		value, field := p.after.Get(name), p.tool.Schema.Field(name)
		if value.Exists() && field != nil && p.args.Get(name) == nil {
			members = append(members, schema.Argument{Field: field, Raw: []byte(value.Raw)})
		}
	}
	if len(members) > given {
		p.request.Body = jsonObject(members)
	}
}

// The fields of a subscription that a verdict can rest on.
var (
	destination = []string{"target_type", "target_value", "integration_id"}
	scheduling  = []string{"frequency", "interval", "byweekday", "bysetpos", "count", "start_date", "until_date"}
	// reported are given as far as they have a value: PostHog refuses a dashboard
	// for a subscription of an insight, even null.
	reported = []string{"dashboard", "insight", "dashboard_export_insights"}
)

// restsOn lists the fields that the verdict on a change of a subscription rests
// on. A pause or a deletion is always allowed, and rests on nothing. What makes
// messages stop is part of it; what lets them flow is not, or else a change of a
// title would undo a pause that lands at the same moment.
func (p *plan) restsOn(after *subscription) (fields []string) {
	if !p.box.judgesTargets() || p.stops && !p.gives(p.box.judged()...) {
		return nil
	}
	if after.enabled == "false" {
		fields = append(fields, "enabled")
	}
	if after.deleted.IsTrue() {
		fields = append(fields, "deleted")
	}
	if p.stops {
		return fields // what it gives was not judged, since nothing is sent
	}
	if after.hidden() {
		fields = append(fields, "target_type")
	} else {
		fields = append(fields, destination...)
	}
	if !p.box.Confirm.covers(p) {
		return fields
	}
	fields = append(fields, scheduling...)
	for _, name := range reported {
		if value := p.after.Get(name); value.Type != 0 && value.Raw != "[]" {
			fields = append(fields, name)
		}
	}
	return fields
}

// judged are the fields that a verdict is about.
func (b *Toolbox) judged() []string {
	if b.Confirm == ConfirmSends {
		return slices.Concat(destination, scheduling, reported)
	}
	return destination
}

// judgesTargets tells whether anything rests on where messages go.
func (b *Toolbox) judgesTargets() bool {
	return b.Confirm == ConfirmSends || b.Rules.Recipients.Restricts()
}
