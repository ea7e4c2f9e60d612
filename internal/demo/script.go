package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/sandbox"
)

// step is one thing that a person asks, and the call that an agent makes of it.
type step struct {
	asked, tool string
	arguments   []argument
	shown       []string // the members of the answer worth a line
	wrong       bool     // says that the call is a mistake, and shows what the agent reads
	as          string   // the name by which later steps know the answer
}

// argument is one argument of a call; they are shown in this order. A value
// "$growth.id" is the member of an answer before.
type argument struct {
	name  string
	value any
}

const recipients = "maya@hedgebox.example,tomasz@hedgebox.example"

// script is a subscription's whole life, and a recording.
var script = []step{
	{asked: "Which dashboards do we get by mail?", tool: "subscriptions-list", as: "growth",
		arguments: []argument{{"target_type", "email"}, {"resource_type", "dashboard"}, {"limit", 4}}},
	{asked: "Which of its charts are in the mail?", tool: "subscriptions-retrieve", as: "like",
		arguments: []argument{{"id", "$growth.id"}}, shown: []string{"title", "dashboard", "dashboard_export_insights", "next"}},
	{asked: "Mail the growth dashboard to Maya and Tomasz every second Monday, 9:00 UTC.", tool: "subscriptions-create", as: "created",
		arguments: []argument{{"title", "Growth, every second Monday"}, {"dashboard", "$like.dashboard"},
			{"dashboard_export_insights", "$like.dashboard_export_insights"}, {"target_type", "email"}, {"target_value", recipients},
			{"frequency", "weekly"}, {"interval", 2}, {"byweekday", []string{"monday"}}, {"start_date", "$next.monday"}},
		shown: []string{"id", "title", "email", "schedule", "next", "state"}},
	{asked: "Diego wants it too.", tool: "subscriptions-partial-update", shown: []string{"id", "email", "next"},
		arguments: []argument{{"id", "$created.id"}, {"target_value", recipients + ",diego@hedgebox.example"}}},
	{asked: "Send one now, so that we see what it looks like.", tool: "subscriptions-test-delivery-create",
		arguments: []argument{{"id", "$created.id"}}, shown: []string{"status", "message"}},
	{asked: "Make it every fortnight, and rename it. (The agent gets it wrong.)", tool: "subscriptions-partial-update", wrong: true,
		arguments: []argument{{"id", "$created.id"}, {"frequency", "fortnightly"}, {"titel", "Team growth"}}},
	{asked: "We don't need it after all, delete it.", tool: "subscriptions-partial-update",
		arguments: []argument{{"id", "$created.id"}, {"deleted", true}}, shown: []string{"id", "title", "state"}},
	{asked: "Put a password on the shared checkout recording, for the auditor.", tool: "session-recordings-sharing-passwords-create",
		arguments: []argument{{"recording_id", sandbox.RecordingCheckout}, {"note", "for the auditor"}},
		shown:     []string{"id", "password", "note", "created_by_email"}},
}

// play asks for one thing after the other.
func play(ctx context.Context, talk *conversation, show *screen) error {
	list, err := talk.client.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return fmt.Errorf("list tools: %w", err)
	}
	show.tools(list.Tools)
	known := map[string]map[string]any{"next": {"monday": nextMonday(time.Now()).Format(time.RFC3339)}}
	for _, s := range script {
		s.arguments = fill(s.arguments, known)
		if known[s.as], err = take(ctx, talk, show, s); err != nil {
			return err
		}
	}
	return nil
}

// fill puts in what answers before have said.
func fill(arguments []argument, known map[string]map[string]any) (out []argument) {
	for _, a := range arguments {
		if text, isText := a.value.(string); isText && strings.HasPrefix(text, "$") {
			answer, member, _ := strings.Cut(text[1:], ".")
			a.value = known[answer][member]
		}
		out = append(out, a)
	}
	return out
}

// take makes the call of a step and shows both sides. Of a list it gives the
// subscription that an agent would take.
func take(ctx context.Context, talk *conversation, show *screen, s step) (map[string]any, error) {
	show.asked(s)
	object, refused, err := talk.call(ctx, s.tool, s.arguments)
	switch {
	case err != nil:
		return nil, err
	case refused != "" && !s.wrong:
		return nil, fmt.Errorf("%s failed: %s", s.tool, refused)
	case refused == "" && s.wrong:
		return nil, fmt.Errorf("%s took what is a mistake", s.tool)
	case s.wrong:
		show.refused(refused)
	case object["results"] != nil:
		show.listed(object)
		return pick(object, "Growth")
	}
	return object, show.answered(object, s.shown)
}

// pick takes the subscription that an agent would, asked for the dashboard of
// that name.
func pick(page map[string]any, name string) (map[string]any, error) {
	for _, row := range rows(page) {
		if title, _ := row["title"].(string); strings.Contains(title, name) && row["dashboard"] != nil {
			return row, nil
		}
	}
	return nil, errors.New("no subscription to take the dashboard from")
}

// rows are the objects of a page.
func rows(page map[string]any) (out []map[string]any) {
	results, _ := page["results"].([]any)
	for _, r := range results {
		if row, ok := r.(map[string]any); ok {
			out = append(out, row)
		}
	}
	return out
}

// nextMonday is the first Monday, 9:00 UTC, after today.
func nextMonday(now time.Time) time.Time {
	today := now.UTC().Truncate(24 * time.Hour)
	return today.AddDate(0, 0, 7-int(today.Weekday()+6)%7).Add(9 * time.Hour)
}
