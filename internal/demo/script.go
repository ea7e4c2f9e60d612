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
	asked     string
	tool      string
	arguments []argument
	// wrong says that the call is a mistake, and shows what the agent reads.
	wrong bool
	// shown are the members of the answer worth a line.
	shown []string
}

// argument is one argument of a call; they are shown in this order.
type argument struct {
	name  string
	value any
}

// play asks for one thing after the other.
func play(ctx context.Context, talk *conversation, show *screen) error {
	list, err := talk.client.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return fmt.Errorf("list tools: %w", err)
	}
	show.tools(list.Tools)

	found, err := take(ctx, talk, show, step{
		asked:     "Which dashboards do we get by mail?",
		tool:      "subscriptions-list",
		arguments: []argument{{"target_type", "email"}, {"resource_type", "dashboard"}, {"limit", 4}},
	})
	if err != nil {
		return err
	}
	growth, err := pick(found, "Growth")
	if err != nil {
		return err
	}
	whole, err := take(ctx, talk, show, step{
		asked: "Which of its charts are in the mail?", tool: "subscriptions-retrieve",
		arguments: []argument{{"id", growth["id"]}},
		shown:     []string{"title", "dashboard", "dashboard_export_insights", "next"},
	})
	if err != nil {
		return err
	}
	created, err := take(ctx, talk, show, create(whole))
	if err != nil {
		return err
	}
	for _, s := range afterwards(created["id"]) {
		if _, err := take(ctx, talk, show, s); err != nil {
			return err
		}
	}
	return nil
}

// create sends the dashboard of another subscription, with the same tiles.
func create(like map[string]any) step {
	return step{
		asked: "Mail the growth dashboard to Maya and Tomasz every second Monday, 9:00 UTC.",
		tool:  "subscriptions-create",
		arguments: []argument{
			{"title", "Growth, every second Monday"},
			{"dashboard", like["dashboard"]},
			{"dashboard_export_insights", like["dashboard_export_insights"]},
			{"target_type", "email"},
			{"target_value", "maya@hedgebox.example,tomasz@hedgebox.example"},
			{"frequency", "weekly"},
			{"interval", 2},
			{"byweekday", []string{"monday"}},
			{"start_date", nextMonday(time.Now()).Format(time.RFC3339)},
		},
		shown: []string{"id", "title", "email", "schedule", "next", "state"},
	}
}

// afterwards is the rest of the subscription's life, and a recording.
func afterwards(id any) []step {
	return []step{
		{
			asked: "Diego wants it too.", tool: "subscriptions-partial-update",
			arguments: []argument{{"id", id}, {"target_value", "maya@hedgebox.example,tomasz@hedgebox.example,diego@hedgebox.example"}},
			shown:     []string{"id", "email", "next"},
		},
		{
			asked: "Send one now, so that we see what it looks like.", tool: "subscriptions-test-delivery-create",
			arguments: []argument{{"id", id}}, shown: []string{"status", "message"},
		},
		{
			asked: "Make it every fortnight, and rename it. (The agent gets it wrong.)", tool: "subscriptions-partial-update",
			arguments: []argument{{"id", id}, {"frequency", "fortnightly"}, {"titel", "Team growth"}}, wrong: true,
		},
		{
			asked: "We don't need it after all, delete it.", tool: "subscriptions-partial-update",
			arguments: []argument{{"id", id}, {"deleted", true}}, shown: []string{"id", "title", "state"},
		},
		{
			asked: "Put a password on the shared checkout recording, for the auditor.", tool: "session-recordings-sharing-passwords-create",
			arguments: []argument{{"recording_id", sandbox.RecordingCheckout}, {"note", "for the auditor"}},
			shown:     []string{"id", "password", "note", "created_by_email"},
		},
	}
}

// take makes the call of a step and shows both sides.
func take(ctx context.Context, talk *conversation, show *screen, s step) (map[string]any, error) {
	show.asked(s)
	arguments := map[string]any{}
	for _, a := range s.arguments {
		arguments[a.name] = a.value
	}
	given, err := talk.call(ctx, s.tool, arguments)
	if err != nil {
		return nil, err
	}
	failed := given.refused != ""
	switch {
	case failed && !s.wrong:
		return nil, fmt.Errorf("%s failed: %s", s.tool, given.refused)
	case !failed && s.wrong:
		return nil, fmt.Errorf("%s took what is a mistake", s.tool)
	case failed:
		show.refused(given.refused)
	case given.object["results"] != nil:
		show.listed(given.object)
	default:
		return given.object, show.answered(given.object, s.shown)
	}
	return given.object, nil
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
func rows(page map[string]any) []map[string]any {
	var out []map[string]any
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
	day := now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	for day.Weekday() != time.Monday {
		day = day.AddDate(0, 0, 1)
	}
	return day.Add(9 * time.Hour)
}
