package tools_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
)

const (
	newMail  = `"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":2001,"target_type":"email"`
	newSlack = `"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":2001,"target_type":"slack","integration_id":701`
)

// Under every rule of an operator's: what a call comes to, and what is asked of
// PostHog for it. An allowed call is made; a denied one changes nothing.
func TestRules(t *testing.T) {
	mails := allow(t, recipient.Rules{EmailDomains: []string{"hedgebox.example"}})
	channels := allow(t, recipient.Rules{SlackChannels: []string{"C0HEDGE0001"}})
	hosts := allow(t, recipient.Rules{WebhookHosts: []string{"hooks.hedgebox.example"}})
	for _, c := range []struct {
		name            string
		rules           engine.Rules
		tool, arguments string
		// denied is a part of the denial; empty where the call is made.
		denied string
		asked  string
	}{
		{"no rules", engine.Rules{}, "subscriptions-test-delivery-create", `{"id":1101}`, "", "POST GET"},
		{"read-only: a read", engine.Rules{Selection: engine.Selection{ReadOnly: true}}, "subscriptions-retrieve", `{"id":1101}`, "", "GET"},
		{"read-only: a write", engine.Rules{Selection: engine.Selection{ReadOnly: true}}, "subscriptions-partial-update", `{"id":1101,"enabled":false}`, "the server runs with --read-only", ""},
		{"read-only: a dry run", engine.Rules{Selection: engine.Selection{ReadOnly: true}}, "subscriptions-partial-update", `{"id":1101,"enabled":false,"dry_run":true}`, "--read-only", ""},
		{"read-only: wrong arguments", engine.Rules{Selection: engine.Selection{ReadOnly: true}}, "subscriptions-create", `{}`, "--read-only", ""},
		{"toolsets", engine.Rules{Selection: engine.Selection{Toolsets: []string{"users"}}}, "subscriptions-list", `{}`, "the server runs with --toolsets", ""},
		{"toolsets and tools", engine.Rules{Selection: engine.Selection{Toolsets: []string{"users"}, Tools: []string{"subscriptions-list"}}}, "subscriptions-list", `{}`, "", "GET GET"}, // one is of an insight that has no name
		{"tools", engine.Rules{Selection: engine.Selection{Tools: []string{"subscriptions-list"}}}, "users-list", `{}`, "the server runs with --tools", ""},
		{"excluded", engine.Rules{Selection: engine.Selection{Exclude: []string{"users-list"}}}, "users-list", `{}`, "the server runs with --exclude-tools", ""},

		{"mail: create", engine.Rules{Recipients: mails}, "subscriptions-create", `{` + newMail + `,"target_value":"a@hedgebox.example"}`, "", "POST GET"},
		{"mail: create elsewhere", engine.Rules{Recipients: mails}, "subscriptions-create", `{` + newMail + `,"target_value":"a@hedgebox.example,x@evil.example"}`, "x@evil.example", ""},
		{"mail: create elsewhere, paused", engine.Rules{Recipients: mails}, "subscriptions-create", `{` + newMail + `,"target_value":"x@evil.example","enabled":false}`, "x@evil.example", ""},
		{"mail: dry run", engine.Rules{Recipients: mails}, "subscriptions-create", `{` + newMail + `,"target_value":"x@evil.example","dry_run":true}`, "x@evil.example", ""},
		{"mail: Slack has no list", engine.Rules{Recipients: mails}, "subscriptions-create", `{` + newSlack + `,"target_value":"C0HEDGE0009|#x"}`, "--allow-slack-channels", ""},
		{"mail: any Slack channel", engine.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"hedgebox.example"}, SlackChannels: []string{"any"}})}, "subscriptions-create", `{` + newSlack + `,"target_value":"C0HEDGE0009|#x"}`, "", "POST GET GET"},
		{"mail: a webhook has no list", engine.Rules{Recipients: mails}, "subscriptions-create", `{"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":2001,"target_type":"webhook","target_value":"https://evil.example/CANARY"}`, "--allow-webhook-hosts", ""},
		{"mail: the type alone becomes one without a list", engine.Rules{Recipients: mails}, "subscriptions-partial-update", `{"id":1134,"target_type":"slack","integration_id":701}`, "--allow-slack-channels", "GET"},
		{"mail: pause one of a kind without a list", engine.Rules{Recipients: channels}, "subscriptions-partial-update", `{"id":1134,"enabled":false}`, "", "GET PATCH"},
		{"mail: an encoded word", engine.Rules{}, "subscriptions-create", `{` + newMail + `,"target_value":"=?utf-8?q?eve=40evil.example?=@hedgebox.example"}`, "item 1 is not an email address", ""},
		{"mail: change", engine.Rules{Recipients: mails}, "subscriptions-partial-update", `{"id":1134,"target_value":"b@hedgebox.example"}`, "", "GET PATCH"},
		{"mail: change elsewhere", engine.Rules{Recipients: mails}, "subscriptions-partial-update", `{"id":1134,"target_value":"x@evil.example"}`, "x@evil.example", "GET"},
		{"mail: change elsewhere while pausing", engine.Rules{Recipients: mails}, "subscriptions-partial-update", `{"id":1134,"target_value":"x@evil.example","enabled":false}`, "x@evil.example", "GET"},
		{"mail: the type alone is changed", engine.Rules{Recipients: channels}, "subscriptions-partial-update", `{"id":1134,"target_type":"slack","integration_id":701}`, "Slack", "GET"},
		{"mail: test of one saved elsewhere", engine.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-test-delivery-create", `{"id":1134}`, "sales@hedgebox.example", "GET"},
		{"mail: test", engine.Rules{Recipients: mails}, "subscriptions-test-delivery-create", `{"id":1134}`, "", "GET POST GET"},
		{"mail: re-enable one saved elsewhere", engine.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-partial-update", `{"id":1134,"enabled":true}`, "sales@hedgebox.example", "GET"},
		{"mail: new title of one saved elsewhere", engine.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-partial-update", `{"id":1134,"title":"x"}`, "sales@hedgebox.example", "GET"},
		{"mail: pause one saved elsewhere", engine.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-partial-update", `{"id":1134,"enabled":false}`, "", "GET PATCH"},
		{"mail: delete one saved elsewhere", engine.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-partial-update", `{"id":1134,"deleted":true}`, "", "GET PATCH"},
		{"mail: an unknown id", engine.Rules{Recipients: mails}, "subscriptions-partial-update", `{"id":4711,"title":"x"}`, "Not found.", "GET"},

		{"Slack: create elsewhere", engine.Rules{Recipients: channels}, "subscriptions-create", `{` + newSlack + `,"target_value":"C0HEDGE0009|#x"}`, "C0HEDGE0009", ""},
		{"Slack: a good name on a bad id", engine.Rules{Recipients: channels}, "subscriptions-create", `{` + newSlack + `,"target_value":"C0HEDGE0009|C0HEDGE0001"}`, "C0HEDGE0009", ""},
		{"Slack: an address in the name", engine.Rules{Recipients: allow(t, recipient.Rules{SlackChannels: []string{"any"}})}, "subscriptions-create", `{` + newSlack + `,"target_value":"C0HEDGE0009|#x@evil.example"}`, "give one channel", ""},
		{"webhook: mail has no list", engine.Rules{Recipients: hosts}, "subscriptions-test-delivery-create", `{"id":1101}`, "--allow-email-domains", "GET"},
		{"webhook: an address in the URL", engine.Rules{Recipients: allow(t, recipient.Rules{WebhookHosts: []string{"any"}})}, "subscriptions-create", `{"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":2001,"target_type":"webhook","target_value":"https://hooks.example/CANARY,x@evil.example"}`, "a mail server could find an address", ""},
		{"webhook: elsewhere", engine.Rules{Recipients: hosts}, "subscriptions-create", `{"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":2001,"target_type":"webhook","target_value":"https://evil.example/CANARY"}`, "evil.example", ""},

		{"account: theme", engine.Rules{DenyAccountChanges: true}, "users-partial-update", `{"theme_mode":"dark"}`, "", "PATCH"},
		{"account: email", engine.Rules{DenyAccountChanges: true}, "users-partial-update", `{"theme_mode":"dark","email":"x@evil.example"}`, "--deny-account-changes): email", ""},
		{"account: project", engine.Rules{DenyAccountChanges: true}, "users-partial-update", `{"set_current_team":"31002"}`, "set_current_team", ""},
		{"account: staff, in a dry run", engine.Rules{DenyAccountChanges: true}, "users-partial-update", `{"is_staff":true,"dry_run":true}`, "is_staff", ""},
		{"account: in the hedgehog's clothes", engine.Rules{DenyAccountChanges: true}, "users-hedgehog-config-partial-update", `{"email":"x@evil.example"}`, "email", ""},
		{"account: in the hedgehog's skin", engine.Rules{DenyAccountChanges: true}, "users-hedgehog-config-partial-update", `{"hedgehog_config":{"color":"red","em\u0061il":"x@evil.example"}}`, "email", ""},
		{"account: the hedgehog", engine.Rules{DenyAccountChanges: true}, "users-hedgehog-config-partial-update", `{"hedgehog_config":{"color":"red"}}`, "", "PATCH"},
		{"account: delete", engine.Rules{DenyAccountChanges: true}, "users-destroy", `{"uuid":"@me"}`, "deleting an account", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.box.Rules = c.rules
			result, asked := w.call(t.Context(), c.tool, c.arguments)
			if result.IsError != (c.denied != "") || !strings.Contains(result.Text, c.denied) || strings.Contains(result.Text, "CANARY") {
				t.Errorf("want %q: %s %s", c.denied, result.Text, result.Object)
			}
			var methods []string
			for _, a := range asked {
				method, _, _ := strings.Cut(a, " ")
				methods = append(methods, method)
			}
			if diff := cmp.Diff(c.asked, strings.Join(methods, " ")); diff != "" {
				t.Errorf("asked of PostHog (-want +got):\n%s", diff)
			}
			if c.denied != "" && len(w.Outbox()) > 0 {
				t.Errorf("sent: %v", w.Outbox())
			}
		})
	}
}

func allow(t *testing.T, r recipient.Rules) *recipient.Allow {
	t.Helper()
	a, err := recipient.New(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A caller narrows what they are offered, and never widens it.
func TestNarrowing(t *testing.T) {
	w := newWorld()
	w.box.Rules.Toolsets = []string{"subscriptions"}
	ctx := engine.WithCaller(t.Context(), engine.Caller{Selection: engine.Selection{ReadOnly: true, Tools: []string{"users-list", "subscriptions-list", "subscriptions-create"}}})
	for tool, want := range map[string]string{
		"subscriptions-list":     "",
		"subscriptions-create":   `its own setting "read_only"`,
		"subscriptions-retrieve": `its own setting "tools"`,
		"users-list":             "--toolsets",
	} {
		result, _ := w.call(ctx, tool, `{}`)
		if result.IsError != (want != "") || !strings.Contains(result.Text, want) {
			t.Errorf("%s: want %q, got %s", tool, want, result.Text)
		}
	}
}

func TestCheckSelection(t *testing.T) {
	for _, c := range []struct {
		selection engine.Selection
		want      string
	}{
		{engine.Selection{}, ""},
		{engine.Selection{Toolsets: []string{"users", "sharing"}, Tools: []string{"users-list"}, Exclude: []string{"users-list"}}, ""},
		{engine.Selection{Toolsets: []string{"user"}}, `toolsets: unknown toolset "user"; did you mean "users"?`},
		{engine.Selection{Tools: []string{"subscription-list"}}, `tools: unknown tool "subscription-list"; did you mean "subscriptions-list"?`},
		{engine.Selection{Exclude: []string{"users-lists"}}, `exclude-tools: unknown tool "users-lists"; did you mean "users-list"?`},
	} {
		var got string
		if err := catalogue(t).CheckSelection(c.selection); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v: want %q, got %q", c.selection, c.want, got)
		}
	}
}
