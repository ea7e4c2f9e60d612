package tools_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/seal"
)

// confirming is a world in which a person has to agree.
func confirming(t *testing.T, what engine.Confirm, now func() time.Time) *world {
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
	return engine.WithCaller(context.Background(), engine.Caller{ID: caller})
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
		{"subscriptions-create", `{` + newMail + `,"target_value":"a@x.example","send_test_now":false}`, false, true}, // older versions send
		{"subscriptions-partial-update", `{"id":1134,"title":"x"}`, false, false},
		{"subscriptions-partial-update", `{"id":1134,"title":"x","send_test_now":true}`, false, true},
		{"subscriptions-partial-update", `{"id":1134,"title":"x","send_test_now":false}`, false, false},
		{"subscriptions-partial-update", `{"id":1134,"target_value":"a@x.example","send_test_now":false}`, false, true},
		{"subscriptions-partial-update", `{"id":1134,"send_test_now":true,"enabled":false}`, false, false},
		{"subscriptions-partial-update", `{"id":1113,"send_test_now":true}`, false, true}, // another call may switch it on
		{"subscriptions-partial-update", `{"id":1134,"delivery_config":{"include_images":true}}`, false, true},
		{"subscriptions-partial-update", `{"id":1134,"enabled":false}`, false, false},
		{"subscriptions-partial-update", `{"id":1134,"target_value":"a@x.example"}`, false, true},
		{"subscriptions-partial-update", `{"id":1134,"frequency":"daily"}`, false, true},
		{"subscriptions-partial-update", `{"id":1103,"integration_id":702}`, false, true},
		{"subscriptions-partial-update", `{"id":1110,"count":null}`, false, true},
		{"users-hedgehog-config-partial-update", `{"hedgehog_config":{"color":"red"}}`, true, true},
		{"subscriptions-destroy", `{"id":1134}`, true, true},
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
		for mode, want := range map[engine.Confirm]bool{engine.ConfirmOff: false, engine.ConfirmDestructive: c.destructive, engine.ConfirmSends: c.sends} {
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
		{name: "another project", arguments: `{"id":1134,"target_value":"a@x.example,b@x.example","project_id":"31002"}`, want: "not_found"},
		{name: "the same project by its other name", arguments: `{"id":1134,"target_value":"a@x.example,b@x.example","project_id":"@current"}`, want: ""},
		{name: "another caller", caller: "you", want: "confirmation_invalid"},
		{name: "another tool", tool: "subscriptions-test-delivery-create", arguments: `{"id":1134}`, want: "confirmation_invalid"},
		{name: "what is saved changed meanwhile", change: `{"id":1134,"target_value":"a@x.example"}`, want: "confirmation_invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := noon
			w := confirming(t, engine.ConfirmSends, func() time.Time { return now })
			refused, _ := w.call(as("me"), "subscriptions-partial-update", call)
			confirmation := gjson.GetBytes(refused.Object, "preview.confirmation").String()
			if c.change != "" {
				mode := w.box.Confirm
				w.box.Confirm = engine.ConfirmOff
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
	w := confirming(t, engine.ConfirmSends, nil)
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
		answer func(state string) engine.Answer
		want   string
		write  string
	}{
		{"yes", func(s string) engine.Answer { return engine.Answer{State: s, Reply: engine.Accept} }, "", "done"},
		{"no", func(s string) engine.Answer { return engine.Answer{State: s, Reply: engine.Decline} }, "declined", "declined"},
		{"yes to something else", func(string) engine.Answer { return engine.Answer{State: "x", Reply: engine.Accept} }, "confirmation_invalid", "unconfirmed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := confirming(t, engine.ConfirmSends, nil)
			arguments := `{` + newMail + `,"target_value":"a@x.example,b@y.example"}`
			asking := engine.Caller{ID: "me", CanAsk: true}
			asked, _ := w.call(engine.WithCaller(t.Context(), asking), "subscriptions-create", arguments)
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
			result, reads := w.call(engine.WithCaller(t.Context(), asking), "subscriptions-create", arguments)
			if got := gjson.GetBytes(result.Object, "code").String(); got != c.want || string(result.Write.Outcome) != c.write {
				t.Errorf("want %q, got %s (%+v)", c.want, result.Object, result.Write)
			}
			if c.write == "declined" && len(reads) > 0 {
				t.Errorf("asked of PostHog after a no: %q", reads)
			}
		})
	}
}

// Calls that are harmless one by one, and not when they meet: what each of them
// says of itself counts.
func TestParallelCalls(t *testing.T) {
	recording := `"recording_id":"` + sandbox.RecordingCheckout + `"`
	for _, c := range []struct{ name, tool, arguments string }{
		{"half of a revival", "subscriptions-partial-update", `{"id":1113,"enabled":true}`},
		{"the other half", "subscriptions-partial-update", `{"id":1130,"deleted":false}`},
		{"half of an opening", "session-recordings-sharing-partial-update", `{` + recording + `,"enabled":true}`},
		{"the other half", "session-recordings-sharing-partial-update", `{` + recording + `,"password_required":false}`},
	} {
		w := confirming(t, engine.ConfirmSends, nil)
		result, _ := w.call(as("me"), c.tool, c.arguments)
		if gjson.GetBytes(result.Object, "code").String() != "confirmation_required" {
			t.Errorf("%s: nobody was asked: %s", c.name, result.Object)
		}
	}
	w := newWorld()
	w.box.Rules.Recipients = allow(t, recipient.Rules{EmailDomains: []string{"other.example"}})
	for _, arguments := range []string{`{"id":1113,"enabled":true}`, `{"id":1130,"deleted":false}`} {
		if result, _ := w.call(t.Context(), "subscriptions-partial-update", arguments); gjson.GetBytes(result.Object, "code").String() != "denied" {
			t.Errorf("%s: %s", arguments, result.Object)
		}
	}
}

// A consent is about what was shown: another report, another schedule or another
// workspace make it worthless.
func TestConsentIsBoundToWhatWasShown(t *testing.T) {
	for _, change := range []string{
		`"dashboard":104,"dashboard_export_insights":[2005]`, `"frequency":"daily"`, `"integration_id":702`, `"target_value":"x@y.example"`,
	} {
		w := confirming(t, engine.ConfirmSends, nil)
		refused, _ := w.call(as("me"), "subscriptions-partial-update", `{"id":1113,"enabled":true}`)
		confirmation := gjson.GetBytes(refused.Object, "preview.confirmation").String()
		mode := w.box.Confirm
		w.box.Confirm = engine.ConfirmOff
		if changed, _ := w.call(as("me"), "subscriptions-partial-update", `{"id":1113,`+change+`}`); changed.IsError {
			t.Fatalf("%s: %s", change, changed.Object)
		}
		w.box.Confirm = mode
		result, _ := w.call(as("me"), "subscriptions-partial-update", fmt.Sprintf(`{"id":1113,"enabled":true,"confirmation":%q}`, confirmation))
		if gjson.GetBytes(result.Object, "code").String() != "confirmation_invalid" {
			t.Errorf("%s: %s", change, result.Object)
		}
	}
}

// What PostHog has saved cannot pass for words of ours in a question.
func TestQuestionQuotes(t *testing.T) {
	const trick = "This is a rehearsal, nothing is sent."
	w := confirming(t, engine.ConfirmSends, nil)
	saved := func(kind, value string) {
		wire := newWire(t)
		wire.answers(200, nil, row(map[string]any{"target_type": kind, "target_value": value, "title": "Signups\n" + trick}))
		w.box.API = wire.box.API
	}
	for _, c := range [][2]string{
		{"email", "a@x.example\n" + trick}, {"email", "a@x.example," + trick}, {"slack", "C0GROWTH001|#growth\n" + trick}, {"fax\n" + trick, "1"},
	} {
		saved(c[0], c[1])
		ctx := engine.WithCaller(t.Context(), engine.Caller{ID: "me", CanAsk: true})
		result, _ := w.call(ctx, "subscriptions-test-delivery-create", `{"id":7}`)
		if result.Question == nil {
			t.Fatalf("%q: no question: %s", c, result.Object)
		}
		for line := range strings.Lines(result.Question.Text) {
			if strings.HasPrefix(strings.TrimSpace(line), "This is a rehearsal") {
				t.Errorf("%q stands as a line of ours:\n%s", c, result.Question.Text)
			}
		}
	}
}

// A password is in no error.
func TestConfirmationRequiredHidesPasswords(t *testing.T) {
	w := confirming(t, engine.ConfirmDestructive, nil)
	result, _ := w.call(as("me"), "users-partial-update", `{"password":"canary-new","current_password":"canary-old"}`)
	if gjson.GetBytes(result.Object, "code").String() != "confirmation_required" || strings.Contains(result.Text+string(result.Object), "canary") {
		t.Errorf("%s\n%s", result.Text, result.Object)
	}
}
