package recipient_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"posthog-mcp/tools/recipient"
)

func TestAudit(t *testing.T) {
	for _, test := range []struct {
		kind, value, audit string
	}{
		{"email", "bob@acme.example", "acme.example"},
		{"email", "bob@other.example,Bob@ACME.example,ann@acme.example", "acme.example, other.example"},
		{"email", "bob@bücher.example", "xn--bcher-kva.example"},
		{"email", "a@f.test,a@e.test,a@d.test,a@c.test,a@b.test,a@g.test,a@a.test", "a.test, b.test, c.test, d.test, e.test and 2 more"},
		{"email", "a@b.test, bob@acme.example", "b.test, unreadable"},
		{"email", "a@b.test,,", "b.test, unreadable"},
		{"email", "https://hooks.example.com/s3cr3t", "unreadable"},
		{"email", "", ""},
		{"slack", "C0123ABCD|#growth", "C0123ABCD"},
		{"slack", "C0123ABCD", "C0123ABCD"},
		{"slack", "#growth", "#growth"},
		{"slack", "C0123ABCD,C999EVIL00", "unreadable"},
		{"slack", "https://hooks.slack.com/services/s3cr3t", "unreadable"},
		{"slack", "", ""},
		{"webhook", "https://Hooks.example.com:8443/s3cr3t?s3cr3t", "hooks.example.com"},
		{"webhook", "https://s3cr3t:s3cr3t@hooks.example.com/", "unreadable"},
		{"webhook", "https://" + strings.Repeat("a.", 124) + "test/s3cr3t", strings.Repeat("a.", 124) + "test"},
		{"webhook", "https://" + strings.Repeat("a.", 125) + "test/s3cr3t", "unreadable"},
		{"webhook", "s3cr3t", "unreadable"},
		{"webhook", "https://hooks.example.com/a,b@c?=?s3cr3t", "hooks.example.com"},
		{"webhook", "hooks.example.com", "unreadable"},
		{"teams", "https://prod-1.logic.example/s3cr3t", "prod-1.logic.example"},
		{"teams", "Prod-1.logic.example", "prod-1.logic.example"},
		{"teams", "s3cr3t", "unreadable"},
		{"pigeon", "s3cr3t", "unreadable"},
	} {
		if got := (recipient.Target{Kind: test.kind, Value: test.value}).Audit(); got != test.audit {
			t.Errorf("%s %q: %q, want %q", test.kind, test.value, got, test.audit)
		}
	}
}

func TestShared(t *testing.T) {
	for _, test := range []struct {
		a, b recipient.Target
		want []string
	}{
		{recipient.Target{Kind: "email", Value: "a@x.example,B@x.example"}, recipient.Target{Kind: "email", Value: "b@x.example,c@x.example"}, []string{"B@x.example"}},
		{recipient.Target{Kind: "slack", Value: "C0123ABCD"}, recipient.Target{Kind: "slack", Value: "C0123ABCD|#growth"}, []string{"C0123ABCD"}},
		{recipient.Target{Kind: "slack", Value: "C0123ABCD"}, recipient.Target{Kind: "email", Value: "C0123ABCD"}, nil},
		{recipient.Target{Kind: "teams", Value: "https://a.example/s3cr3t"}, recipient.Target{Kind: "teams", Value: "a.example"}, []string{"Teams, a.example"}},
		{recipient.Target{Kind: "teams", Value: "s3cr3t"}, recipient.Target{Kind: "teams", Value: "s3cr3t"}, nil},
	} {
		if diff := cmp.Diff(test.want, test.a.Shared(test.b), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v and %v: %s", test.a, test.b, diff)
		}
	}
}

func TestIsTeams(t *testing.T) {
	for value, want := range map[string]bool{
		"https://prod-1.westeurope.logic.azure.com/workflows/x/triggers/manual/paths/invoke?sig=y":                             true,
		"https://Prod-1.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke":                               true,
		"https://x.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d":                                                       true,
		"https://d.1.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/x/triggers/manual/paths": true,
		"https://logic.azure.com/workflows/x/triggers/manual/paths/invoke":                                                     false,
		"http://prod-1.logic.azure.com/workflows/x/triggers/manual/paths/invoke":                                               false,
		"https://prod-1.logic.azure.com.evil.example/workflows/x/triggers/manual/paths/invoke":                                 false,
		"https://evil.example/?.logic.azure.com/workflows/triggers/manual/paths/invoke":                                        false,
		"prod-1.westeurope.logic.azure.com":                                                                                    false,
	} {
		if got := recipient.IsTeams(value); got != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}

func TestNewSince(t *testing.T) {
	for _, test := range []struct {
		kind, before, after string
		want                []string
	}{
		{"email", "", "a@x.example,b@x.example", []string{"a@x.example", "b@x.example"}},
		{"email", "a@x.example,b@x.example", "b@x.example,a@x.example", nil},
		{"email", "a@x.example,b@x.example", "b@x.example", nil},
		{"email", "a@x.example", "b@x.example,a@x.example,b@x.example", []string{"b@x.example"}},
		{"email", "a@x.example", "A@x.example", []string{"A@x.example"}},
		{"email", "a@x.example,b@x.example", "a@x.example, b@x.example", []string{"item 2 (no plain address)"}},
		{"email", "https://hooks.example.com/old", "https://hooks.example.com/s3cr3t", []string{"item 1 (no plain address)"}},
		{"email", "a@x.example", "", nil},
		{"slack", "", "C0123ABCD|#growth", []string{"C0123ABCD|#growth"}},
		{"slack", "C0123ABCD|#growth", "C0123ABCD|#growth", nil},
		{"slack", "C0123ABCD|#growth", "#sales", []string{"#sales"}},
		{"slack", "", "https://hooks.slack.com/services/s3cr3t", []string{"unreadable"}},
		{"slack", "C0123ABCD", "", nil},
		{"webhook", "https://a.example/old", "https://b.example/s3cr3t", nil},
		{"webhook", "https://a.example/s3cr3t", "https://a.example/s3cr3t", nil},
		{"teams", "", "https://a.example@b.example/s3cr3t", []string{"Teams, unreadable"}},
		{"teams", "", "https://a.example/s3cr3t", []string{"Teams, a.example"}},
		{"teams", "a.example", "https://b.example/s3cr3t", []string{"Teams, b.example"}},
		{"teams", "a.example", "a.example", nil},
		{"pigeon", "", "s3cr3t", []string{"unreadable"}},
	} {
		before, after := recipient.Target{Kind: test.kind, Value: test.before}, recipient.Target{Kind: test.kind, Value: test.after}
		if diff := cmp.Diff(test.want, after.NewSince(before)); diff != "" {
			t.Errorf("%s, %q after %q: %s", test.kind, test.after, test.before, diff)
		}
	}
}
