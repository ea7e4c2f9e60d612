package tools_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
)

// What a person cannot see in a preview or in a question is said, wherever in the
// call it stands, and however it is written.
func TestUnseenCharacters(t *testing.T) {
	for _, c := range []struct{ tool, arguments string }{
		{"users-hedgehog-config-partial-update", `{"hedgehog_config":{"color":"re%sd"}}`},
		{"users-hedgehog-config-partial-update", `{"hedgehog_config":{"co%slor":"red"}}`},
		{"users-partial-update", `{"email":"x@y.example","notification_settings":{"all%s":true}}`},
		{"users-partial-update", `{"email":"x@y.example","events_column_config":["a%sb"]}`},
		{"users-partial-update", `{"email":"x@y.example","first_name":"a%sb"}`},
		{"session-recordings-sharing-partial-update", `{"recording_id":"r","enabled":true,"settings":{"theme":"%s"}}`},
		{"subscriptions-create", `{` + newMail + `,"target_value":"a@x.example","invite_message":"a%sb"}`},
		{"subscriptions-create", `{` + newMail + `,"target_value":"a@x.example","title":"a%sb"}`},
	} {
		for _, hidden := range []string{`\u202e`, "\u202e", `\u200b`, "\u200b", `\udb40\udc41`, "\U000E0041", `\u0007`} {
			w := confirming(t, engine.ConfirmSends, nil)
			arguments := fmt.Sprintf(c.arguments, hidden)
			preview, _ := w.call(as("me"), c.tool, arguments)
			asking, _ := w.call(engine.WithCaller(t.Context(), engine.Caller{ID: "me", CanAsk: true}), c.tool, arguments)
			if asking.Question == nil || !strings.Contains(asking.Question.Text, "characters that nobody can see") {
				t.Errorf("%s %q: not said in the question: %+v", c.tool, arguments, asking.Question)
			}
			if !strings.Contains(gjson.GetBytes(preview.Object, "preview.warnings").Raw, "characters that nobody can see") {
				t.Errorf("%s %q: not said in %s", c.tool, arguments, preview.Object)
			}
		}
	}
}

// Line breaks and white space between JSON's tokens push nothing out of sight,
// and break no result in two.
func TestWhiteSpaceInCalls(t *testing.T) {
	const wide = "\n \r\n\t  \n"
	for _, c := range []struct{ tool, arguments string }{
		{"subscriptions-partial-update", `{"id":1134,"target_value":"a@x.example","byweekday":[` + wide + `"monday"]}`},
		{"subscriptions-partial-update", `{"id":1101,"dashboard_export_insights":[` + wide + `2001` + wide + `]}`},
		{"users-partial-update", `{"hedgehog_config":{"color":` + wide + `"red"},"email":"x@y.example"}`},
		{"users-partial-update", `{"notification_settings":{` + wide + `"plugin_disabled":true},"email":"x@y.example"}`},
		{"users-hedgehog-config-partial-update", `{"hedgehog_config":{"color":` + wide + `"red"}}`},
		{"session-recordings-sharing-partial-update", `{"recording_id":"r","enabled":true,"settings":{"noHeader":` + wide + `true}}`},
	} {
		w := confirming(t, engine.ConfirmSends, nil)
		w.call(as("me"), c.tool, with(c.arguments, `"dry_run":true`)) // which looks at the form of the result
		asking, _ := w.call(engine.WithCaller(t.Context(), engine.Caller{ID: "me", CanAsk: true}), c.tool, c.arguments)
		if asking.Question == nil {
			t.Fatalf("%s: %s", c.arguments, asking.Object)
		}
		for line := range strings.Lines(asking.Question.Text) {
			if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, `"`) || strings.Contains(line, "  ") {
				t.Errorf("%s: a line of the question is %q", c.arguments, line)
			}
		}
	}
}

// A consent to a test delivery is about what was shown of it.
func TestConsentToATestDelivery(t *testing.T) {
	for _, change := range []string{`"insight":2005`, `"frequency":"daily"`, `"target_value":"x@y.example"`} {
		w := confirming(t, engine.ConfirmSends, nil)
		id := w.unruled(t, "subscriptions-create", `{`+newMail+`,"target_value":"a@x.example"}`).Get("id").Raw
		refused, _ := w.call(as("me"), "subscriptions-test-delivery-create", `{"id":`+id+`}`)
		w.unruled(t, "subscriptions-partial-update", `{"id":`+id+`,`+change+`}`)
		result, _ := w.call(as("me"), "subscriptions-test-delivery-create", `{"id":`+id+`,"confirmation":`+gjson.GetBytes(refused.Object, "preview.confirmation").Raw+`}`)
		if gjson.GetBytes(result.Object, "code").String() != "confirmation_invalid" {
			t.Errorf("%s: %s", change, result.Object)
		}
	}
}

// Where PostHog, or what stands before it, does not tell where messages go, or in
// two ways, no rule allows it.
func TestUnknownTargetIsDenied(t *testing.T) {
	for _, saved := range []string{
		`{"id":7}`, `{"id":7,"enabled":true}`, `{"id":7,"target_type":"email"}`, `{"id":7,"target_type":"email","target_value":null}`, `{"id":7,"target_type":"email","target_value":""}`,
		`{"id":7,"target_type":null,"target_value":"a@hedgebox.example"}`, `{"id":7,"target_type":"email","target_value":["a@hedgebox.example"]}`, `{"id":7,"target_type":"fax","target_value":"1"}`,
		`{"id":7,"target_type":"email","target_value":"eve@evil.example","target_value":"a@hedgebox.example"}`,
		`{"id":7,"target_type":"email","target_value":"a@hedgebox.example","target_val\u0075e":"eve@evil.example"}`,
	} {
		for _, c := range []struct{ tool, arguments string }{
			{"subscriptions-partial-update", `{"id":7,"enabled":true}`}, {"subscriptions-partial-update", `{"id":7,"title":"x"}`}, {"subscriptions-test-delivery-create", `{"id":7}`},
		} {
			w := newWire(t)
			w.box.Rules.Recipients = allow(t, recipient.Rules{EmailDomains: []string{"hedgebox.example"}})
			w.answers(http.StatusOK, nil, saved)
			result := w.call(c.tool, c.arguments)
			if sent := w.takeSent(); !result.IsError || len(sent) != 1 {
				t.Errorf("%s %s of %s: %s after %v", c.tool, c.arguments, saved, result.Object, sent)
			}
		}
	}
}

// A profile has no target where the call names no address.
func TestProfileUnderLists(t *testing.T) {
	w := newWorld()
	w.box.Rules.Recipients = allow(t, recipient.Rules{EmailDomains: []string{"hedgebox.example"}})
	for arguments, denied := range map[string]bool{`{"theme_mode":"dark"}`: false, `{"email":"x@evil.example"}`: true, `{"email":"x@hedgebox.example"}`: false} {
		if result, _ := w.call(t.Context(), "users-partial-update", arguments); result.IsError != denied {
			t.Errorf("%s: %s", arguments, result.Object)
		}
	}
}

// Of a Teams channel PostHog tells the host alone: a consent to wake such a
// subscription cannot carry its URL, so that another one needs consent too.
func TestTeamsTargetNeedsConsent(t *testing.T) {
	w := confirming(t, engine.ConfirmSends, nil)
	wire := newWire(t)
	wire.answers(http.StatusOK, nil, `{"id":7,"insight":2001,"target_type":"teams","target_value":"acme.webhook.office.com","enabled":false,"deleted":false,"frequency":"daily","start_date":"2027-01-04T09:00:00Z"}`)
	w.box.API, w.box.Project = wire.box.API, fmt.Sprint(sandbox.ProjectMain)
	for _, change := range []string{`"target_value":"https://evil.example/x"`, `"enabled":true`} {
		if result, _ := w.call(as("me"), "subscriptions-partial-update", `{"id":7,`+change+`}`); gjson.GetBytes(result.Object, "code").String() != "confirmation_required" {
			t.Errorf("%s: %s", change, result.Object)
		}
	}
}

// A success has the members that it is documented to have, with a value.
func TestEmptySuccessIsUnknown(t *testing.T) {
	for _, c := range []struct{ tool, arguments, answer string }{
		{"subscriptions-create", `{` + newMail + `,"target_value":"a@x.example"}`, `{"id":null}`},
		{"subscriptions-partial-update", `{"id":7,"title":"x"}`, `{"id":null}`},
		{"users-partial-update", `{"theme_mode":"dark"}`, `{"id":null,"uuid":null}`},
		{"session-recordings-sharing-refresh-create", `{"recording_id":"r"}`, `{"access_token":null}`},
		{"session-recordings-sharing-passwords-create", `{"recording_id":"r"}`, `{"id":null}`},
	} {
		w := newWire(t)
		w.answers(http.StatusOK, nil, c.answer)
		if result := w.call(c.tool, c.arguments); !result.IsError || result.Write.Outcome != engine.OutcomeUnknown {
			t.Errorf("%s: %s: %s", c.tool, c.answer, result.Object)
		}
	}
}

// A consent holds in the project of its preview, under whatever name, and not in
// the one that the key's owner has opened since.
func TestConsentHoldsInOneProject(t *testing.T) {
	for _, c := range []struct {
		name, previewed, opened, made string
		good                          bool
	}{
		{"the same", `"31001"`, "31001", `"31001"`, true},
		{"the same by its other name", `"@current"`, "31001", `"31001"`, true},
		{"the same with zeros", `"31001"`, "31001", `"0031001"`, true},
		{"another", `"31001"`, "31001", `"31002"`, false},
		{"another, opened since", `"@current"`, "31002", `"@current"`, false},
		{"the same, though another was opened since", `"@current"`, "31002", `"31001"`, true},
	} {
		w := confirming(t, engine.ConfirmSends, nil)
		arguments := func(project string) string {
			return `{"insight":2001,"target_type":"email","target_value":"a@x.example","frequency":"weekly","start_date":"2027-01-04T09:00:00Z","project_id":` + project + `}`
		}
		refused, _ := w.call(as("me"), "subscriptions-create", arguments(c.previewed))
		w.unruled(t, "users-partial-update", `{"set_current_team":"`+c.opened+`"}`)
		result, _ := w.call(as("me"), "subscriptions-create", with(arguments(c.made), `"confirmation":`+gjson.GetBytes(refused.Object, "preview.confirmation").Raw))
		if invalid := gjson.GetBytes(result.Object, "code").String() == "confirmation_invalid"; result.IsError == c.good || invalid == c.good {
			t.Errorf("%s: %s", c.name, result.Object)
		}
	}
}
