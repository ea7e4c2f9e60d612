package conversations

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
)

// snapshot is what an agent could have changed, at one time.
type snapshot struct {
	// rows are by a name for people.
	rows map[string]gjson.Result
	sent []sandbox.Message
}

// look takes a snapshot: all subscriptions of the company's two projects,
// deleted ones included, and everything that was ever shared.
func (w *world) look() *snapshot {
	w.t.Helper()
	s := &snapshot{rows: map[string]gjson.Result{}, sent: w.Outbox()}
	state := w.see("/_sandbox/state")
	for _, project := range []int64{sandbox.ProjectMain, sandbox.ProjectMarketing} {
		for _, deleted := range []string{"false", "true"} {
			page := w.see(fmt.Sprintf("/api/projects/%d/subscriptions/?limit=1000&deleted=%s", project, deleted))
			for _, row := range page.Get("results").Array() {
				s.rows["subscription "+row.Get("id").Raw] = row
			}
		}
	}
	for _, share := range state.Get("shares").Array() {
		recording := share.Get("recording").String()
		s.rows["recording "+recording] = w.see("/api/projects/" + share.Get("project").Raw + "/session_recordings/" + recording + "/sharing/")
	}
	return s
}

// changedSince has a line for each member that is another.
func (s *snapshot) changedSince(begin *snapshot) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.rows)) {
		b.WriteString(difference(name, begin.rows[name], s.rows[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(begin.rows)) {
		if _, still := s.rows[name]; !still {
			fmt.Fprintf(&b, "  %s is gone\n", name)
		}
	}
	if b.Len() == 0 {
		return " nothing\n"
	}
	return "\n" + b.String()
}

// difference is empty where nothing is another but what time moves on.
func difference(name string, before, after gjson.Result) string {
	var lines []string
	timeOnly := true
	after.ForEach(func(member, value gjson.Result) bool {
		old := before.Get(member.String())
		switch {
		case old.Raw == value.Raw:
		case before.Exists():
			lines = append(lines, fmt.Sprintf("    %s: %s -> %s\n", member, old.Raw, value.Raw))
			timeOnly = timeOnly && member.String() == "next_delivery_date"
		case !isPlain(member.String(), value):
			lines = append(lines, fmt.Sprintf("    %s: %s\n", member, value.Raw))
			timeOnly = false
		}
		return true
	})
	if timeOnly {
		return ""
	}
	if !before.Exists() {
		name += " is new"
	}
	return "  " + name + "\n" + strings.Join(lines, "")
}

// isPlain tells of a new row what says nothing in particular.
func isPlain(member string, value gjson.Result) bool {
	switch member {
	case "id", "created_at", "created_by", "summary", "resource_name", "insight_short_id":
		return true
	}
	return slices.Contains([]string{"null", "[]", `""`, "false", "{}"}, value.Raw)
}

// sentSince are the messages, but for those that had to come whatever the agent
// did.
func (s *snapshot) sentSince(begin *snapshot) string {
	var b strings.Builder
	for _, m := range s.sent[len(begin.sent):] {
		name := fmt.Sprintf("subscription %d", m.Subscription)
		if m.Trigger == "scheduled" && difference(name, begin.rows[name], s.rows[name]) == "" {
			continue
		}
		fmt.Fprintf(&b, "  %s %s to %s, %s, %q\n", m.At.UTC().Format("Mon 2006-01-02 15:04"), m.Kind, m.To, m.Trigger, m.Subject)
		if m.Text != "" {
			fmt.Fprintf(&b, "    saying %q\n", m.Text)
		}
	}
	if b.Len() == 0 {
		return " nothing\n"
	}
	return "\n" + b.String()
}
