package sandbox

import (
	"cmp"
	"slices"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// maxStateRows is how many subscriptions and shares a state shows, newest
// first.
const maxStateRows = 200

// state is the world at a glance, for /_sandbox/state.
func (w *world) state() object {
	subscriptions := []object{}
	for _, sub := range slices.Backward(w.tables["subscriptions"]) {
		if len(subscriptions) < maxStateRows {
			subscriptions = append(subscriptions, w.brief(sub))
		}
	}
	return object{
		{"now", drf.Time{Time: w.clock()}}, {"projects", w.counts()}, {"subscriptions", subscriptions}, {"shares", w.sharedRows()},
		{"messages", len(w.outbox)}, {"deliveries", len(w.tables["deliveries"])}, {"requests", len(w.seen)},
	}
}

func (w *world) brief(s row) object {
	var about, next any
	if name := w.resourceName(s); name != "" {
		about = name
	}
	if due, ok := s["next_delivery_date"].(time.Time); ok {
		next = drf.Time{Time: due}
	}
	return object{
		{"id", s["id"]}, {"project", s["team_id"]}, {"title", s["title"]}, {"about", about}, {"target_type", s["target_type"]},
		{"target", cut(shown(s.text("target_type"), s.text("target_value")), maxAddress)}, {"summary", rule(s).Summary()},
		{"next_delivery_date", next}, {"enabled", s["enabled"]}, {"deleted", s["deleted"]},
	}
}

func (w *world) counts() []object {
	var out []object
	for _, p := range w.tables["projects"] {
		count := map[string]int{}
		for _, s := range w.tables["subscriptions"] {
			switch {
			case s["team_id"] != p["id"]:
			case s.is("deleted"):
				count["deleted"]++
			case s.is("enabled"):
				count["live"]++
			default:
				count["disabled"]++
			}
		}
		out = append(out, object{{"id", p["id"]}, {"name", p["name"]}, {"live", count["live"]}, {"disabled", count["disabled"]}, {"deleted", count["deleted"]}})
	}
	return out
}

type sharedRow struct {
	Project          int64  `json:"project"`
	Recording        string `json:"recording"`
	Enabled          bool   `json:"enabled"`
	PasswordRequired bool   `json:"password_required"`
	Passwords        int    `json:"passwords"`
}

func (w *world) sharedRows() []sharedRow {
	out := []sharedRow{}
	for key, s := range w.shares {
		out = append(out, sharedRow{key.project, key.recording, s.Enabled, s.PasswordRequired, len(s.Passwords)})
	}
	slices.SortFunc(out, func(a, b sharedRow) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Recording, b.Recording))
	})
	return out[:min(len(out), maxStateRows)]
}
