package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

func TestHistoryPages(t *testing.T) {
	s := serve(t)
	first := s.object(200, "GET "+subs+"1101/deliveries/")
	if n := len(first["results"].([]any)); n != 50 || first["previous"] != nil {
		t.Fatalf("%d rows", n)
	}
	second := s.object(200, "GET "+strings.TrimPrefix(first["next"].(string), s.url))
	if n := len(second["results"].([]any)); n != 14 || second["next"] != nil {
		t.Errorf("%d rows, next %v", n, second["next"])
	}
	row := second["results"].([]any)[0].(map[string]any)
	if got := s.object(200, "GET "+subs+"1101/deliveries/"+row["id"].(string)); !cmp.Equal(any(got), any(row)) {
		t.Error(cmp.Diff(any(row), any(got)))
	}
}

// TestHistoryPageIsFull tests a history of one page, and of one more row.
func TestHistoryPageIsFull(t *testing.T) {
	s := serve(t, sandbox.WithSwitches(func(r *sandbox.Switches) { r.TestDeliveryLimit = false }))
	for n := 1; n <= 51; n++ {
		s.call("POST " + subs + "1104/test-delivery/")
		if n < 50 {
			continue
		}
		if next := s.object(200, "GET "+subs+"1104/deliveries/")["next"]; (next != nil) != (n > 50) {
			t.Errorf("%d rows: next %v", n, next)
		}
	}
}

// TestHistoryHasTroubles looks for each kind of result, among them a completed run that
// did not reach everybody.
func TestHistoryHasTroubles(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range serve(t).object(200, "GET "+subs+"1101/deliveries/")["results"].([]any) {
		row := r.(map[string]any)
		outcome := row["status"].(string)
		for _, result := range row["recipient_results"].([]any) {
			if result.(map[string]any)["status"] != "success" {
				outcome += ", not to all"
			}
		}
		if row["error"] != nil {
			outcome += ", with an error"
		}
		seen[outcome] = true
	}
	if diff := cmp.Diff(map[string]bool{"completed": true, "completed, not to all": true, "failed, with an error": true, "skipped": true}, seen); diff != "" {
		t.Error(diff)
	}
}

func TestTestDeliveryIsInTheHistory(t *testing.T) {
	s := serve(t)
	s.call("POST " + subs + "1109/test-delivery/")
	newest := s.object(200, "GET "+subs+"1109/deliveries/")["results"].([]any)[0].(map[string]any)
	got := map[string]any{"trigger_type": newest["trigger_type"], "status": newest["status"], "error": newest["error"], "recipient_results": newest["recipient_results"]}
	failure := map[string]any{"message": "The request to the Slack API failed: not_in_channel", "type": "not_in_channel"}
	want := map[string]any{"trigger_type": "manual", "status": "failed", "error": failure,
		"recipient_results": []any{map[string]any{"recipient": "C0GENERAL03|#general", "status": "failed", "error": failure}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHistoryIsHeavy checks that a page of deliveries has some megabytes, as with
// charts of many lines.
func TestHistoryIsHeavy(t *testing.T) {
	if n := len(serve(t).call("GET " + subs + "1101/deliveries/").body); n < 2<<20 {
		t.Errorf("%d bytes", n)
	}
}
