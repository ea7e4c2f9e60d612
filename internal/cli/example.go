package cli

import (
	"slices"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
)

// examples are arguments for the sandbox, where they can be tried: it holds
// these ids.
var examples = map[string][]string{
	"session-recordings-sharing-passwords-create":  {inRecording, "note=For the auditors"},
	"session-recordings-sharing-passwords-destroy": {inRecording, "password_id=1"},
	"session-recordings-sharing-refresh-create":    {inRecording},
	"subscriptions-list":                           {"search=growth", "limit=5"},
	"subscriptions-create": {"dashboard=101", "dashboard_export_insights=2001,2002", "target_type=email", "target_value=you@example.com",
		"frequency=weekly", "byweekday=monday", "start_date=2030-01-07T09:00:00Z", "title=Growth weekly"},
	"subscriptions-retrieve":                    {"id=1134"},
	"subscriptions-partial-update":              {"id=1134", "enabled=false"},
	"subscriptions-destroy":                     {"id=1134"},
	"subscriptions-test-delivery-create":        {"id=1134"},
	"users-partial-update":                      {"first_name=Maya", "role_at_organization=product"},
	"users-destroy":                             {"uuid=@me"},
	"users-hedgehog-config-partial-update":      {`hedgehog_config={"color":"blue"}`},
	"dashboards-list":                           {"search=growth"},
	"dashboards-retrieve":                       {"id=101"},
	"insights-list":                             {"dashboard=101"},
	"integrations-list":                         {"kind=slack"},
	"slack-channels-list":                       {"integration_id=701", "search=growth"},
	"session-recordings-sharing-retrieve":       {inRecording},
	"session-recordings-sharing-partial-update": {inRecording, "enabled=true", "password_required=true"},
	"subscriptions-deliveries-list":             {"id=1135"},
	"projects-list":                             {"search=app"},
}

const inRecording = "recording_id=" + sandbox.RecordingCheckout

// Example are arguments of a call of the tool that has no effect, as posthog-mcp
// call --arg takes them.
func Example(t *tools.Tool) []string {
	if t.Effect == tools.Read {
		return examples[t.Name]
	}
	return slices.Concat(examples[t.Name], []string{"dry_run=true"})
}
