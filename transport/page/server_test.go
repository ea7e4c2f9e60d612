package page

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
)

func TestFacts(t *testing.T) {
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	all, lookups := len(catalogue.Tools()), 0
	for _, tool := range catalogue.Tools() {
		if tool.Toolset == tools.LookupTools {
			lookups++
		}
	}
	want := map[string]map[string]string{
		"sandbox": {
			"State": "Ready", "PostHog": "An embedded sandbox", "Tools": fmt.Sprintf("All %d", all),
			"Who may call": "Everyone on this machine, with the server's own key",
		},
		"passthrough": {
			"State": "Ready", "PostHog": "https://us.posthog.com", "Tools": fmt.Sprintf("All %d", all),
			"Who may call": "Everyone with a PostHog key of their own. It is sent to PostHog and kept nowhere.",
		},
		"token": {
			"State": "Shutting down: calls in flight are finished, new ones refused", "PostHog": "https://us.posthog.com", "Tools": fmt.Sprintf("%d of %d", all-1, all),
			"Who may call": "Holders of a token that this server's operator gave out",
			"Rules": "Messages go only where the operator allows. Settings for signing in cannot be changed. " +
				"A person must agree to calls that send messages, and to calls that cannot be undone.",
		},
		"lookups": {
			"State": "Ready", "PostHog": "https://us.posthog.com", "Tools": fmt.Sprintf("%d of %d, for reading only", lookups, all),
			"Who may call": "Everyone with a PostHog key of their own. It is sent to PostHog and kept nowhere.",
		},
		"nothing": {
			"State": "Ready", "PostHog": "https://us.posthog.com", "Tools": fmt.Sprintf("0 of %d, for reading only", all),
			"Who may call": "Everyone with a PostHog key of their own. It is sent to PostHog and kept nowhere.",
		},
	}
	for name, c := range configs(t) {
		want[name]["Running for"], want[name]["Version"] = "less than a minute", "dev"
		if diff := cmp.Diff(want[name], facts(t, parse(t, get(t, c)))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Every kind of access and of confirmation has a text.
func TestWords(t *testing.T) {
	for _, a := range []Access{Passthrough, Token, None} {
		words := auth[a]
		if words.Callers == "" || (words.Needed == "") != (a == None) || (words.Placeholder == "") != (a == None) || (words.Credential == "") != (a == None) {
			t.Errorf("--auth %s lacks words", a)
		}
	}
	for _, c := range []engine.Confirm{engine.ConfirmDestructive, engine.ConfirmSends} {
		if confirmed[c] == "" {
			t.Errorf("--confirm %s lacks words", c)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Hour: "less than a minute", 59 * time.Second: "less than a minute", time.Minute: "1 minute",
		59 * time.Minute: "59 minutes", 119 * time.Minute: "1 hour", 47 * time.Hour: "1 day", 400 * 24 * time.Hour: "400 days",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
