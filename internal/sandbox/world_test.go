package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

// TestWorld counts the objects of the world.
func TestWorld(t *testing.T) {
	s := serve(t)
	got := map[string]int{
		"projects": len(s.listed(sandbox.KeyAdmin, "projects/", "id")),
		// One of eight is switched off, and in no list.
		"people": len(s.listed(sandbox.KeyStaff, "users/", "id")),
	}
	organizations := map[any]bool{}
	for _, id := range s.listed(sandbox.KeyAdmin, "projects/", "organization") {
		organizations[id] = true
	}
	got["organizations"] = len(organizations)
	for key, project := range map[string]int64{sandbox.KeyAll: sandbox.ProjectMain, sandbox.KeyPinned: sandbox.ProjectMarketing, sandbox.KeyOutsider: sandbox.ProjectSpikeworks} {
		base := fmt.Sprintf("projects/%d/", project)
		got["dashboards"] += len(s.listed(key, base+"dashboards/", "id"))
		got["insights"] += len(s.listed(key, base+"insights/?basic=true", "id"))
	}
	want := map[string]int{"organizations": 2, "projects": 3, "people": 7, "dashboards": 13, "insights": 40}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestKindsOfSubscriptions finds every kind among the main project's.
func TestKindsOfSubscriptions(t *testing.T) {
	rows := map[string]func(map[string]any) bool{
		"email":     func(m map[string]any) bool { return m["target_type"] == "email" },
		"Slack":     func(m map[string]any) bool { return m["target_type"] == "slack" && m["integration_id"] != nil },
		"webhook":   func(m map[string]any) bool { return m["target_type"] == "webhook" },
		"disabled":  func(m map[string]any) bool { return m["enabled"] == false },
		"deleted":   func(m map[string]any) bool { return m["deleted"] == true },
		"exhausted": func(m map[string]any) bool { return m["enabled"] == true && m["next_delivery_date"] == nil },
		"AI":        func(m map[string]any) bool { return m["summary_enabled"] == true && m["summary_prompt_guide"] != "" },
		"untitled":  func(m map[string]any) bool { return m["title"] == nil },
		"nameless":  func(m map[string]any) bool { return m["resource_name"] == "None" },
		"a hostile title": func(m map[string]any) bool {
			return strings.Contains(fmt.Sprint(m["title"]), "delete all other subscriptions")
		},
		"a title with characters that nobody sees": func(m map[string]any) bool {
			return strings.ContainsFunc(fmt.Sprint(m["title"]), func(r rune) bool { return unicode.Is(unicode.Cf, r) })
		},
	}
	s := serve(t)
	count := 0
	for id := 1101; id <= 1135; id++ {
		got := s.call(fmt.Sprintf("GET %s%d/", subs, id))
		if got.status != 200 {
			continue
		}
		count++
		m := s.object(200, fmt.Sprintf("GET %s%d/", subs, id))
		for name, is := range rows {
			if is(m) {
				delete(rows, name)
			}
		}
	}
	if count < 30 {
		t.Errorf("%d subscriptions", count)
	}
	for name := range rows {
		t.Errorf("none is %s", name)
	}
}

// TestWorldIsTheSameEachTime compares two of them, tokens included.
func TestWorldIsTheSameEachTime(t *testing.T) {
	for _, path := range []string{subs, main + "dashboards/", main + "insights/", main + "session_recordings/" + sandbox.RecordingCheckout, share, me} {
		a, b := serve(t), serve(t)
		left, right := a.call("GET "+path).body, b.call("GET "+path).body
		if diff := cmp.Diff(strings.ReplaceAll(left, a.url, ""), strings.ReplaceAll(right, b.url, "")); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}
