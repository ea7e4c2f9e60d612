package demo

import (
	"time"

	"posthog-mcp/internal/sandbox"
)

// step is a person's sentence, and the call that an agent makes of it.
type step struct {
	asked     string
	tool      string
	arguments []argument
	// wrong marks a mistake: the refusal that the agent reads is shown.
	wrong bool
	// picked is a word in the title of the row that the next steps are about.
	picked string
	// shown are the members of the answer worth a line.
	shown []string
}

// argument is one argument of a call; they are shown in this order.
type argument struct {
	name  string
	value any
}

// known stands for the value that an answer before had under this name.
type known string

// script is the conversation: the life of a subscription, and a recording.
func script(now time.Time) []step {
	const two = "maya@hedgebox.example,tomasz@hedgebox.example"
	return []step{
		{
			asked: "Which dashboards do we get by mail?", tool: "subscriptions-list",
			arguments: []argument{{"target_type", "email"}, {"resource_type", "dashboard"}, {"limit", 4}},
			picked:    "Growth",
		},
		{
			asked: "Which of its charts are in the mail?", tool: "subscriptions-retrieve",
			arguments: []argument{{"id", known("id")}},
			shown:     []string{"title", "dashboard", "dashboard_export_insights", "next"},
		},
		{
			asked: "Mail the growth dashboard to Maya and Tomasz every second Monday, 9:00 UTC.",
			tool:  "subscriptions-create",
			arguments: []argument{
				{"title", "Growth, every second Monday"}, {"dashboard", known("dashboard")},
				{"dashboard_export_insights", known("dashboard_export_insights")},
				{"target_type", "email"}, {"target_value", two},
				{"frequency", "weekly"}, {"interval", 2}, {"byweekday", []string{"monday"}},
				{"start_date", nextMonday(now).Format(time.RFC3339)},
			},
			shown: []string{"id", "title", "email", "schedule", "next", "state"},
		},
		{
			asked: "Diego wants it too.", tool: "subscriptions-partial-update",
			arguments: []argument{{"id", known("id")}, {"target_value", two + ",diego@hedgebox.example"}},
			shown:     []string{"id", "email", "at_once"},
		},
		{
			asked: "Send one now, so that we see what it looks like.", tool: "subscriptions-test-delivery-create",
			arguments: []argument{{"id", known("id")}}, shown: []string{"status", "message"},
		},
		{
			asked: "Make it every fortnight, and rename it. (The agent gets it wrong.)", tool: "subscriptions-partial-update",
			arguments: []argument{{"id", known("id")}, {"frequency", "fortnightly"}, {"titel", "Team growth"}}, wrong: true,
		},
		{
			asked: "We don't need it after all, delete it.", tool: "subscriptions-partial-update",
			arguments: []argument{{"id", known("id")}, {"deleted", true}}, shown: []string{"id", "title", "state"},
		},
		{
			asked: "Share the checkout recording, behind a password.", tool: "session-recordings-sharing-partial-update",
			arguments: []argument{{"recording_id", sandbox.RecordingCheckout}, {"enabled", true}, {"password_required", true}},
			shown:     []string{"enabled", "password_required"},
		},
		{
			asked: "And make one for the auditor.", tool: "session-recordings-sharing-passwords-create",
			arguments: []argument{{"recording_id", sandbox.RecordingCheckout}, {"note", "for the auditor"}},
			shown:     []string{"id", "password", "note", "created_by_email"},
		},
	}
}

// nextMonday is the first Monday, 9:00 UTC, after today.
func nextMonday(now time.Time) time.Time {
	day := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	for day.Weekday() != time.Monday {
		day = day.AddDate(0, 0, 1)
	}
	return day.Add(9 * time.Hour)
}
