package tools_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// hostile are path values that try to leave their route. PostHog decodes the
// whole path before it routes, so %2F is a slash there.
var hostile = []string{
	"", ".", "..", "...", "a/b", "/", "//", "@me/hedgehog_config", "@me%2Fhedgehog_config", "@me%2fhedgehog_config", "%2e%2e", "..%2f..",
	"a%2525", "a?x=1", "a#b", "a;b", "a b", "a\tb", "a\nb", "a\x00b", `a\b`, "ä", "\u2024\u2024", "\u2025", "%", "a%", "*", "a,b", "a:b", "a&b", "a=b", "a+b", "(a)", "'", "\"", "<a>",
	strings.Repeat("a", 257), "http://evil.example/",
}

func TestHostilePathValues(t *testing.T) {
	w := newWire(t)
	required := map[string]bool{
		"users-destroy": true, "session-recordings-sharing-refresh-create": true, "session-recordings-sharing-passwords-destroy": true,
	}
	for _, value := range hostile {
		quoted, _ := json.Marshal(value)
		for tool, arguments := range map[string]string{
			"users-retrieve": `{"uuid":%}`,
			"users-destroy":  `{"uuid":%}`,
			"session-recordings-sharing-refresh-create":    `{"recording_id":%}`,
			"session-recordings-sharing-passwords-destroy": `{"recording_id":"r","password_id":%}`,
			"subscriptions-retrieve":                       `{"id":1,"project_id":%}`,
		} {
			if value == "" && !required[tool] {
				continue // not given: the request goes where it goes without
			}
			result := w.call(tool, strings.Replace(arguments, "%", string(quoted), 1))
			if !result.IsError {
				t.Errorf("%s accepted %q", tool, value)
			}
		}
	}
	if seen := w.takeSent(); seen != nil {
		t.Errorf("sent: %v", seen)
	}
}

// However a path value is made, the request stays on its route, also for a
// server that decodes the path before it routes.
func FuzzPath(f *testing.F) {
	for _, value := range append(hostile, "@me", "0199-aB.c_~", "42") {
		f.Add(value)
	}
	w := newWire(&testing.T{})
	f.Cleanup(w.server.Close)
	f.Fuzz(func(t *testing.T, value string) {
		quoted, err := json.Marshal(value)
		if err != nil {
			return
		}
		w.call("session-recordings-sharing-passwords-create", `{"recording_id":`+string(quoted)+`}`)
		for _, s := range w.takeSent() {
			decoded := s.URI
			for range 3 {
				if next, err := url.PathUnescape(decoded); err == nil {
					decoded = next
				}
			}
			parts := strings.Split(decoded, "/")
			if len(parts) != 9 || parts[4] != "session_recordings" || parts[6] != "sharing" || parts[7] != "passwords" || parts[8] != "" || strings.Trim(parts[5], ".") == "" || strings.ContainsAny(decoded, "?#") {
				t.Errorf("%q reached %s", value, s.URI)
			}
		}
	})
}
