package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/sandbox"
)

// step is one thing that a person asks, and the call that an agent makes of it.
type step struct {
	asked     string
	tool      string
	arguments map[string]any
	// wrong says that the call is a mistake, and shows what the agent reads.
	wrong bool
	// shown are the members of the answer worth a line.
	shown []string
}

// play asks for one thing after the other.
func play(ctx context.Context, talk *conversation, show screen) error {
	list, err := talk.client.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return fmt.Errorf("list tools: %w", err)
	}
	show.tools(list.Tools)

	found, err := take(ctx, talk, show, step{
		asked: "What goes out by mail today?",
		tool:  "subscriptions-list", arguments: map[string]any{"target_type": "email", "resource_type": "dashboard", "limit": 4},
	})
	if err != nil {
		return err
	}
	dashboard, tiles, err := pick(found)
	if err != nil {
		return err
	}
	created, err := take(ctx, talk, show, step{
		asked: "Email the growth dashboard to the team every second Monday, 9:00 UTC.",
		tool:  "subscriptions-create",
		arguments: map[string]any{
			"title": "Growth, every second Monday", "dashboard": dashboard, "dashboard_export_insights": tiles,
			"target_type": "email", "target_value": "maya@hedgebox.example,tomasz@hedgebox.example",
			"frequency": "weekly", "interval": 2, "byweekday": []string{"monday"}, "start_date": nextMonday().Format(time.RFC3339),
		},
		shown: []string{"id", "title", "summary", "target_value", "next_delivery_date"},
	})
	if err != nil {
		return err
	}
	id := created["id"]
	for _, s := range []step{
		{
			asked: "Diego wants it too.", tool: "subscriptions-partial-update",
			arguments: map[string]any{"id": id, "target_value": "maya@hedgebox.example,tomasz@hedgebox.example,diego@hedgebox.example"},
			shown:     []string{"id", "target_value", "next_delivery_date"},
		},
		{
			asked: "Send one now, so that we see what it looks like.", tool: "subscriptions-test-delivery-create",
			arguments: map[string]any{"id": id}, shown: []string{"status", "message"},
		},
		{
			asked: "Make it every fortnight, and name it after the team. (The agent gets it wrong.)", tool: "subscriptions-partial-update",
			arguments: map[string]any{"id": id, "frequency": "fortnightly", "titel": "Team growth"}, wrong: true,
		},
		{
			asked: "We don't need it after all, delete it.", tool: "subscriptions-partial-update",
			arguments: map[string]any{"id": id, "deleted": true}, shown: []string{"id", "title", "deleted"},
		},
		{
			asked: "Put a password on the shared checkout recording, for the auditor.", tool: "session-recordings-sharing-passwords-create",
			arguments: map[string]any{"recording_id": sandbox.RecordingCheckout, "note": "for the auditor"},
			shown:     []string{"id", "password", "note", "created_by_email"},
		},
	} {
		if _, err := take(ctx, talk, show, s); err != nil {
			return err
		}
	}
	return nil
}

// take makes the call of a step and shows both sides.
func take(ctx context.Context, talk *conversation, show screen, s step) (map[string]any, error) {
	show.asked(s.asked)
	show.called(s.tool, s.arguments)
	object, text, failed, err := talk.call(ctx, s.tool, s.arguments)
	if err != nil {
		return nil, err
	}
	if failed != s.wrong {
		return nil, fmt.Errorf("%s did not go as the script has it: %s", s.tool, text)
	}
	switch {
	case failed:
		show.refused(text)
	case object["results"] != nil:
		show.listed(object)
	default:
		show.answered(object, s.shown)
	}
	return object, nil
}

// pick takes the dashboard, and the tiles that are sent, from what was listed:
// it is what an agent does that was asked for "the growth dashboard".
func pick(list map[string]any) (dashboard, tiles any, err error) {
	var page struct {
		Results []struct {
			Dashboard int64   `json:"dashboard"`
			Tiles     []int64 `json:"dashboard_export_insights"`
		} `json:"results"`
	}
	data, _ := json.Marshal(list)
	if err := json.Unmarshal(data, &page); err != nil || len(page.Results) == 0 {
		return nil, nil, fmt.Errorf("no subscription to take a dashboard from: %w", err)
	}
	return page.Results[0].Dashboard, page.Results[0].Tiles, nil
}

func nextMonday() time.Time {
	day := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	for day.Weekday() != time.Monday {
		day = day.AddDate(0, 0, 1)
	}
	return day.Add(9 * time.Hour)
}
