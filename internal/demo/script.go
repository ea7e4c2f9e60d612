package demo

import "posthog-mcp/internal/sandbox"

// step is a sentence of the user, and the call that an agent makes of it.
type step struct {
	asked, tool string
	// arguments are JSON. $name stands for the member of this name in an earlier
	// answer.
	arguments string
	// wrong marks a mistake: the refusal is printed.
	wrong bool
	// row is the path of the row in a list that the next steps are about.
	row string
	// shown are the members of the answer that are printed, as paths of gjson.
	shown []string
}

// script is the life of a subscription, and a recording.
var script = []step{
	{asked: "“Which dashboards do we get by mail?”", tool: "subscriptions-list",
		arguments: `{"target_type":"email","resource_type":"dashboard","limit":4}`, shown: []string{`"results":results.#.{id,title,schedule,state}`}, row: `results.#(title%"*Growth*")`},
	{asked: "“Which of its charts are in the mail?”", tool: "subscriptions-retrieve",
		arguments: `{"id":$id}`, shown: []string{"title", "dashboard", "dashboard_export_insights", "next"}},
	{asked: "“Mail the growth dashboard to Maya and Tomasz every second Monday, 9:00 UTC.”", tool: "subscriptions-create",
		arguments: `{"title":"Growth, every second Monday","dashboard":$dashboard,"dashboard_export_insights":$dashboard_export_insights,` +
			`"target_type":"email","target_value":"maya@hedgebox.example,tomasz@hedgebox.example",` +
			`"frequency":"weekly","interval":2,"byweekday":["monday"],"start_date":"2030-01-07T09:00:00Z"}`,
		shown: []string{"id", "title", "email", "schedule", "next", "state"}},
	{asked: "“Diego wants it too.”", tool: "subscriptions-partial-update",
		arguments: `{"id":$id,"target_value":"maya@hedgebox.example,tomasz@hedgebox.example,diego@hedgebox.example"}`,
		shown:     []string{"id", "email", "at_once"}},
	{asked: "“Send one now, so that we see what it looks like.”", tool: "subscriptions-test-delivery-create",
		arguments: `{"id":$id}`, shown: []string{"status", "message"}},
	{asked: "“Make it every fortnight, and rename it. (The agent gets it wrong.)”", tool: "subscriptions-partial-update",
		arguments: `{"id":$id,"frequency":"fortnightly","titel":"Team growth"}`, wrong: true},
	{asked: "“We don't need it after all, delete it.”", tool: "subscriptions-partial-update",
		arguments: `{"id":$id,"deleted":true}`, shown: []string{"id", "title", "state"}},
	{asked: "“Share the checkout recording, behind a password.”", tool: "session-recordings-sharing-partial-update",
		arguments: `{"recording_id":"` + sandbox.RecordingCheckout + `","enabled":true,"password_required":true}`,
		shown:     []string{"enabled", "password_required"}},
	{asked: "“And make one for the auditor.”", tool: "session-recordings-sharing-passwords-create",
		arguments: `{"recording_id":"` + sandbox.RecordingCheckout + `","note":"for the auditor"}`,
		shown:     []string{"id", "password", "note", "created_by_email"}},
}
