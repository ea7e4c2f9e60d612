package sandbox

import (
	"cmp"
	"slices"

	"posthog-mcp/internal/sandbox/drf"
)

// A stateView is the world at a glance, for /_sandbox/state.
type stateView struct {
	Now           drf.Time    `json:"now"`
	Projects      []countView `json:"projects"`
	Subscriptions []briefView `json:"subscriptions"`
	Shares        []sharedRow `json:"shares"`
	Messages      int         `json:"messages"`
	Deliveries    int         `json:"deliveries"`
	Requests      int         `json:"requests"`
}

type countView struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Live     int    `json:"live"`
	Disabled int    `json:"disabled"`
	Deleted  int    `json:"deleted"`
}

type briefView struct {
	ID         int64     `json:"id"`
	Project    int64     `json:"project"`
	Title      *string   `json:"title"`
	About      *string   `json:"about"`
	TargetType string    `json:"target_type"`
	Target     string    `json:"target"`
	Summary    string    `json:"summary"`
	Next       *drf.Time `json:"next_delivery_date"`
	Enabled    bool      `json:"enabled"`
	Deleted    bool      `json:"deleted"`
}

type sharedRow struct {
	Project          int64  `json:"project"`
	Recording        string `json:"recording"`
	Enabled          bool   `json:"enabled"`
	PasswordRequired bool   `json:"password_required"`
	Passwords        int    `json:"passwords"`
}

// maxStateRows is how many subscriptions and shares a state shows, newest
// first.
const maxStateRows = 200

func (s *Sandbox) state() stateView {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.world
	v := stateView{
		Now: drf.Time{Time: s.clock()}, Projects: w.counts(), Subscriptions: []briefView{}, Shares: w.sharedRows(),
		Messages: len(w.outbox), Deliveries: len(w.deliveries), Requests: len(w.seen),
	}
	for _, sub := range slices.Backward(w.subscriptions) {
		if len(v.Subscriptions) == maxStateRows {
			break
		}
		v.Subscriptions = append(v.Subscriptions, briefView{
			ID: sub.id, Project: sub.project, Title: sub.title, About: w.resourceName(sub), TargetType: sub.targetType,
			Target:  cut(shown(sub.targetType, sub.targetValue), maxAddress),
			Summary: sub.rule().Summary(), Next: timePtr(sub.nextDelivery), Enabled: sub.enabled, Deleted: sub.deleted,
		})
	}
	return v
}

func (w *world) counts() []countView {
	var out []countView
	for _, p := range w.projects {
		c := countView{ID: p.ID, Name: p.Name}
		for _, s := range w.subscriptions {
			switch {
			case s.project != p.ID:
			case s.deleted:
				c.Deleted++
			case !s.enabled:
				c.Disabled++
			default:
				c.Live++
			}
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b countView) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

func (w *world) sharedRows() []sharedRow {
	out := []sharedRow{}
	for key, s := range w.shares {
		row := sharedRow{Project: key.project, Recording: key.recording, Enabled: s.enabled, PasswordRequired: s.passwordRequired}
		for _, p := range s.passwords {
			if p.IsActive {
				row.Passwords++
			}
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b sharedRow) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.Recording, b.Recording))
	})
	return out[:min(len(out), maxStateRows)]
}
