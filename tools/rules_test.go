package tools_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/seal"
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
		rules           tools.Rules
		tool, arguments string
		// denied is a part of the denial; empty where the call is made.
		denied string
		asked  string
	}{
		{"no rules", tools.Rules{}, "subscriptions-test-delivery-create", `{"id":1101}`, "", "POST GET"},
		{"read-only: a read", tools.Rules{Selection: tools.Selection{ReadOnly: true}}, "subscriptions-retrieve", `{"id":1101}`, "", "GET"},
		{"read-only: a write", tools.Rules{Selection: tools.Selection{ReadOnly: true}}, "subscriptions-partial-update", `{"id":1101,"enabled":false}`, "the server runs with --read-only", ""},
		{"read-only: a dry run", tools.Rules{Selection: tools.Selection{ReadOnly: true}}, "subscriptions-partial-update", `{"id":1101,"enabled":false,"dry_run":true}`, "--read-only", ""},
		{"read-only: wrong arguments", tools.Rules{Selection: tools.Selection{ReadOnly: true}}, "subscriptions-create", `{}`, "--read-only", ""},
		{"toolsets", tools.Rules{Selection: tools.Selection{Toolsets: []string{"users"}}}, "subscriptions-list", `{}`, "the server runs with --toolsets", ""},
		{"toolsets and tools", tools.Rules{Selection: tools.Selection{Toolsets: []string{"users"}, Tools: []string{"subscriptions-list"}}}, "subscriptions-list", `{}`, "", "GET"},
		{"tools", tools.Rules{Selection: tools.Selection{Tools: []string{"subscriptions-list"}}}, "users-list", `{}`, "the server runs with --tools", ""},
		{"excluded", tools.Rules{Selection: tools.Selection{Exclude: []string{"users-list"}}}, "users-list", `{}`, "the server runs with --exclude-tools", ""},

		{"mail: create", tools.Rules{Recipients: mails}, "subscriptions-create", `{` + newMail + `,"target_value":"a@hedgebox.example"}`, "", "POST"},
		{"mail: create elsewhere", tools.Rules{Recipients: mails}, "subscriptions-create", `{` + newMail + `,"target_value":"a@hedgebox.example,x@evil.example"}`, "x@evil.example", ""},
		{"mail: create elsewhere, paused", tools.Rules{Recipients: mails}, "subscriptions-create", `{` + newMail + `,"target_value":"x@evil.example","enabled":false}`, "x@evil.example", ""},
		{"mail: dry run", tools.Rules{Recipients: mails}, "subscriptions-create", `{` + newMail + `,"target_value":"x@evil.example","dry_run":true}`, "x@evil.example", ""},
		{"mail: Slack has no list", tools.Rules{Recipients: mails}, "subscriptions-create", `{` + newSlack + `,"target_value":"C0HEDGE0009|#x"}`, "", "POST"},
		{"mail: change", tools.Rules{Recipients: mails}, "subscriptions-partial-update", `{"id":1134,"target_value":"b@hedgebox.example"}`, "", "GET PATCH"},
		{"mail: change elsewhere", tools.Rules{Recipients: mails}, "subscriptions-partial-update", `{"id":1134,"target_value":"x@evil.example"}`, "x@evil.example", "GET"},
		{"mail: change elsewhere while pausing", tools.Rules{Recipients: mails}, "subscriptions-partial-update", `{"id":1134,"target_value":"x@evil.example","enabled":false}`, "x@evil.example", "GET"},
		{"mail: the type alone is changed", tools.Rules{Recipients: channels}, "subscriptions-partial-update", `{"id":1134,"target_type":"slack","integration_id":701}`, "Slack", "GET"},
		{"mail: test of one saved elsewhere", tools.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-test-delivery-create", `{"id":1134}`, "sales@hedgebox.example", "GET"},
		{"mail: test", tools.Rules{Recipients: mails}, "subscriptions-test-delivery-create", `{"id":1134}`, "", "GET POST GET"},
		{"mail: re-enable one saved elsewhere", tools.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-partial-update", `{"id":1134,"enabled":true}`, "sales@hedgebox.example", "GET"},
		{"mail: new title of one saved elsewhere", tools.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-partial-update", `{"id":1134,"title":"x"}`, "sales@hedgebox.example", "GET"},
		{"mail: pause one saved elsewhere", tools.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-partial-update", `{"id":1134,"enabled":false}`, "", "GET PATCH"},
		{"mail: delete one saved elsewhere", tools.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})}, "subscriptions-partial-update", `{"id":1134,"deleted":true}`, "", "GET PATCH"},
		{"mail: an unknown id", tools.Rules{Recipients: mails}, "subscriptions-partial-update", `{"id":4711,"title":"x"}`, "Not found.", "GET"},

		{"Slack: create elsewhere", tools.Rules{Recipients: channels}, "subscriptions-create", `{` + newSlack + `,"target_value":"C0HEDGE0009|#x"}`, "C0HEDGE0009", ""},
		{"Slack: a good name on a bad id", tools.Rules{Recipients: channels}, "subscriptions-create", `{` + newSlack + `,"target_value":"C0HEDGE0009|C0HEDGE0001"}`, "C0HEDGE0009", ""},
		{"webhook: elsewhere", tools.Rules{Recipients: hosts}, "subscriptions-create", `{"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":2001,"target_type":"webhook","target_value":"https://evil.example/CANARY"}`, "evil.example", ""},

		{"account: theme", tools.Rules{DenyAccountChanges: true}, "users-partial-update", `{"theme_mode":"dark"}`, "", "PATCH"},
		{"account: email", tools.Rules{DenyAccountChanges: true}, "users-partial-update", `{"theme_mode":"dark","email":"x@evil.example"}`, "--deny-account-changes): email", ""},
		{"account: project", tools.Rules{DenyAccountChanges: true}, "users-partial-update", `{"set_current_team":"31002"}`, "set_current_team", ""},
		{"account: staff, in a dry run", tools.Rules{DenyAccountChanges: true}, "users-partial-update", `{"is_staff":true,"dry_run":true}`, "is_staff", ""},
		{"account: delete", tools.Rules{DenyAccountChanges: true}, "users-destroy", `{"uuid":"@me"}`, "deleting an account", ""},
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
	ctx := tools.WithSelection(t.Context(), tools.Selection{ReadOnly: true, Tools: []string{"users-list", "subscriptions-list", "subscriptions-create"}})
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
		selection tools.Selection
		want      string
	}{
		{tools.Selection{}, ""},
		{tools.Selection{Toolsets: []string{"users", "sharing"}, Tools: []string{"users-list"}, Exclude: []string{"users-list"}}, ""},
		{tools.Selection{Toolsets: []string{"user"}}, `toolsets: unknown toolset "user"; did you mean "users"?`},
		{tools.Selection{Tools: []string{"subscription-list"}}, `tools: unknown tool "subscription-list"; did you mean "subscriptions-list"?`},
		{tools.Selection{Exclude: []string{"users-lists"}}, `exclude-tools: unknown tool "users-lists"; did you mean "users-list"?`},
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

// confirming is a world in which a person has to agree.
func confirming(t *testing.T, what tools.Confirm, now func() time.Time) *world {
	t.Helper()
	w := newWorld()
	s, err := seal.New(nil, now)
	if err != nil {
		t.Fatal(err)
	}
	w.box.Confirm, w.box.Seal = what, s
	return w
}

func as(caller string) context.Context {
	return tools.WithCaller(context.Background(), tools.Caller{ID: caller})
}

// Which calls a person has to agree to.
func TestWhatIsConfirmed(t *testing.T) {
	recording := `"recording_id":"` + sandbox.RecordingCheckout + `"`
	for _, c := range []struct {
		tool, arguments    string
		destructive, sends bool
	}{
		{"subscriptions-list", `{}`, false, false},
		{"subscriptions-create", `{` + newMail + `,"target_value":"a@x.example"}`, false, true},
		{"subscriptions-create", `{` + newMail + `,"target_value":"a@x.example","enabled":false}`, false, false},
		{"subscriptions-partial-update", `{"id":1134,"title":"x"}`, false, false},
		{"subscriptions-partial-update", `{"id":1134,"enabled":false}`, false, false},
		{"subscriptions-partial-update", `{"id":1134,"target_value":"a@x.example"}`, false, true},
		{"subscriptions-partial-update", `{"id":1134,"deleted":true}`, true, true},
		{"subscriptions-test-delivery-create", `{"id":1134}`, false, true},
		{"users-partial-update", `{"theme_mode":"dark"}`, false, false},
		{"users-partial-update", `{"email":"x@y.example"}`, true, true},
		{"users-destroy", `{"uuid":"@me"}`, true, true},
		{"session-recordings-sharing-refresh-create", `{` + recording + `}`, true, true},
		{"session-recordings-sharing-passwords-destroy", `{` + recording + `,"password_id":1}`, false, false}, // there is none
		{"session-recordings-sharing-partial-update", `{` + recording + `,"enabled":true}`, true, true},
		{"session-recordings-sharing-partial-update", `{` + recording + `,"enabled":true,"password_required":true}`, false, false},
	} {
		for mode, want := range map[tools.Confirm]bool{tools.ConfirmOff: false, tools.ConfirmDestructive: c.destructive, tools.ConfirmSends: c.sends} {
			w := confirming(t, mode, nil)
			result, asked := w.call(as("me"), c.tool, c.arguments)
			got := gjson.GetBytes(result.Object, "code").String() == "confirmation_required"
			wrote := strings.Contains(fmt.Sprint(asked), "POST") || strings.Contains(fmt.Sprint(asked), "PATCH") || strings.Contains(fmt.Sprint(asked), "DELETE")
			if got != want || got && wrote || got && !strings.Contains(result.Text, gjson.GetBytes(result.Object, "preview.confirmation").String()) {
				t.Errorf("%s %s, %q: want %v, got %s after %q", c.tool, c.arguments, mode, want, result.Object, asked)
			}
		}
	}
}

// A confirmation holds once, for ten minutes, for the caller, the tool and the
// arguments of its preview, and while its recipients stay the same.
func TestConfirmation(t *testing.T) {
	const call = `{"id":1134,"target_value":"a@x.example,b@x.example"}`
	for _, c := range []struct {
		name      string
		caller    string
		tool      string
		arguments string
		later     time.Duration
		change    string
		want      string
	}{
		{name: "as previewed", want: ""},
		{name: "in another order and spacing", arguments: `{ "target_value":"a@x.example,b@x.example", "id": 1134}`, want: ""},
		{name: "with other fields to show", arguments: `{"id":1134,"target_value":"a@x.example,b@x.example","fields":["id"]}`, want: ""},
		{name: "almost too late", later: 9 * time.Minute, want: ""},
		{name: "too late", later: 11 * time.Minute, want: "confirmation_invalid"},
		{name: "one recipient more", arguments: `{"id":1134,"target_value":"a@x.example,b@x.example,c@x.example"}`, want: "confirmation_invalid"},
		{name: "another subscription", arguments: `{"id":1101,"target_value":"a@x.example,b@x.example"}`, want: "confirmation_invalid"},
		{name: "another project", arguments: `{"id":1134,"target_value":"a@x.example,b@x.example","project_id":"@current"}`, want: "confirmation_invalid"},
		{name: "another caller", caller: "you", want: "confirmation_invalid"},
		{name: "another tool", tool: "subscriptions-test-delivery-create", arguments: `{"id":1134}`, want: "confirmation_invalid"},
		{name: "what is saved changed meanwhile", change: `{"id":1134,"target_value":"a@x.example"}`, want: "confirmation_invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := noon
			w := confirming(t, tools.ConfirmSends, func() time.Time { return now })
			refused, _ := w.call(as("me"), "subscriptions-partial-update", call)
			confirmation := gjson.GetBytes(refused.Object, "preview.confirmation").String()
			if c.change != "" {
				mode := w.box.Confirm
				w.box.Confirm = tools.ConfirmOff
				w.call(as("me"), "subscriptions-partial-update", c.change)
				w.box.Confirm = mode
			}
			now = now.Add(c.later)
			tool, arguments, caller := or(c.tool, "subscriptions-partial-update"), or(c.arguments, call), or(c.caller, "me")
			result, _ := w.call(as(caller), tool, with(arguments, fmt.Sprintf(`"confirmation":%q`, confirmation)))
			if got := gjson.GetBytes(result.Object, "code").String(); got != c.want {
				t.Errorf("want %q, got %s", c.want, result.Object)
			}
		})
	}
}

// A confirmation holds once, and so does the consent of a person.
func TestConfirmationHoldsOnce(t *testing.T) {
	w := confirming(t, tools.ConfirmSends, nil)
	refused, _ := w.call(as("me"), "subscriptions-test-delivery-create", `{"id":1134}`)
	arguments := fmt.Sprintf(`{"id":1134,"confirmation":%q}`, gjson.GetBytes(refused.Object, "preview.confirmation").String())
	first, _ := w.call(as("me"), "subscriptions-test-delivery-create", arguments)
	second, _ := w.call(as("me"), "subscriptions-test-delivery-create", arguments)
	if !strings.Contains(second.Text, "an earlier one with this confirmation did: the delivery may be on its way") {
		t.Errorf("no way to find out: %s", second.Text)
	}
	if first.IsError || gjson.GetBytes(second.Object, "code").String() != "confirmation_invalid" || len(w.Outbox()) != 1 {
		t.Errorf("%s\n%s\n%d messages", first.Object, second.Object, len(w.Outbox()))
	}
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}

// Where the client can ask its person, it is asked, and shown every recipient.
func TestQuestion(t *testing.T) {
	for _, c := range []struct {
		name string
		// answer is made of the question's state.
		answer func(state string) tools.Answer
		want   string
		write  string
	}{
		{"yes", func(s string) tools.Answer { return tools.Answer{State: s, Agreed: true} }, "", "done"},
		{"no", func(s string) tools.Answer { return tools.Answer{State: s} }, "declined", "declined"},
		{"yes to something else", func(string) tools.Answer { return tools.Answer{State: "x", Agreed: true} }, "confirmation_invalid", "unconfirmed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := confirming(t, tools.ConfirmSends, nil)
			arguments := `{` + newMail + `,"target_value":"a@x.example,b@y.example"}`
			asking := tools.Caller{ID: "me", CanAsk: true}
			asked, _ := w.call(tools.WithCaller(t.Context(), asking), "subscriptions-create", arguments)
			if asked.Question == nil || asked.Object != nil || len(w.Outbox()) > 0 {
				t.Fatalf("no question: %s", asked.Object)
			}
			for _, part := range []string{"a@x.example", "b@y.example", "every week on Monday, 09:00 UTC"} {
				if !strings.Contains(asked.Question.Text, part) {
					t.Errorf("the question lacks %q: %s", part, asked.Question.Text)
				}
			}
			// The state is no confirmation for an agent that nobody asked.
			if stolen, _ := w.call(as("me"), "subscriptions-create", with(arguments, fmt.Sprintf(`"confirmation":%q`, asked.Question.State))); !stolen.IsError {
				t.Errorf("a question's state was taken for a confirmation: %s", stolen.Object)
			}
			answer := c.answer(asked.Question.State)
			asking.Answer = &answer
			result, reads := w.call(tools.WithCaller(t.Context(), asking), "subscriptions-create", arguments)
			if got := gjson.GetBytes(result.Object, "code").String(); got != c.want || result.Write.Outcome != c.write {
				t.Errorf("want %q, got %s (%+v)", c.want, result.Object, result.Write)
			}
			if c.write == "declined" && len(reads) > 0 {
				t.Errorf("asked of PostHog after a no: %q", reads)
			}
		})
	}
}
