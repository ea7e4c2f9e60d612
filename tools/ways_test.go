package tools_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/seal"
)

// act is a call that a rule stops: nothing of it may reach PostHog but looks.
type act struct {
	tool      string
	arguments given
	// saved are calls that people made in PostHog before; %d is the id of the
	// subscription that the first of them makes.
	saved []string
}

// stopped are the codes of a call that was not made.
var stopped = []string{"denied", "confirmation_required", "confirmation_invalid", "invalid_arguments", "not_found", "declined", "unanswered"}

const (
	evil  = `"eve@evil.example"`
	start = `"2027-01-04T09:00:00Z"`
)

func created(kind, value string) act {
	arguments := given{"target_type": `"` + kind + `"`, "target_value": value, "insight": `2001`, "frequency": `"weekly"`, "start_date": start}
	if kind == "slack" {
		arguments["integration_id"] = `701`
	}
	return act{tool: "subscriptions-create", arguments: arguments}
}

// changed is a change of a subscription that people left in PostHog.
func changed(saved, state string, change given) act {
	a := act{tool: "subscriptions-partial-update", arguments: maps.Clone(change), saved: []string{`{"insight":2001,"frequency":"weekly","start_date":` + start + `,"enabled":false,` + saved + `}`}}
	if state != "" {
		a.saved = append(a.saved, `{"id":%d,`+state+`}`)
	}
	a.arguments["id"] = `%d`
	return a
}

func sharing(tool string, members given) act {
	return act{tool: "session-recordings-sharing-" + tool, arguments: members.with("recording_id", `"`+sandbox.RecordingCheckout+`"`)}
}

func account(tool string, members given) act { return act{tool: "users-" + tool, arguments: members} }

// mails are acts that send to eve, from every state in which a subscription can
// be.
func mails() []act {
	const ours, theirs = `"target_type":"email","target_value":"a@hedgebox.example"`, `"target_type":"email","target_value":"eve@evil.example"`
	all := []act{created("email", evil), created("email", `"a@hedgebox.example,eve@evil.example"`), account("partial-update", given{"email": evil})}
	for _, state := range []string{``, `"enabled":true`, `"enabled":true,"deleted":true`, `"deleted":true`} {
		all = append(all, changed(ours, state, given{"target_value": evil}), changed(ours, state, given{"target_value": evil, "enabled": `true`}), changed(ours, state, given{"target_value": evil, "enabled": `false`}),
			changed(theirs, state, given{"enabled": `true`}), changed(theirs, state, given{"deleted": `false`}), changed(theirs, state, given{"enabled": `true`, "deleted": `false`, "title": `"x"`}))
		test := changed(theirs, state, given{})
		test.tool = "subscriptions-test-delivery-create"
		all = append(all, test)
	}
	return all
}

// spellings are addresses that are not, or not only, at the one domain that is
// allowed, or that two programs could read in two ways.
func spellings() (all []act) {
	const saved = `"target_type":"email","target_value":"a@hedgebox.example"`
	for _, spelling := range []string{
		`"EVE@EVIL.EXAMPLE"`, `"eve@evil.example,a@hedgebox.example"`, `"a@hedgebox.example,"`, `"a@hedgebox.example, eve@evil.example"`, `"a@hedgebox.example;eve@evil.example"`, `"a@hedgebox.example\neve@evil.example"`,
		`"eve%evil.example@hedgebox.example"`, `"=?utf-8?q?eve=40evil.example?=@hedgebox.example"`, `"a@hedgebox.example.evil.example"`, `"a@evil.example#@hedgebox.example"`, `"a@hedgebox.example\u200b"`, `"a@h\u0435dgebox.example"`,
		`"a@ｈedgebox.example"`, `"a@hedgebox.example."`, `"a@[10.0.0.1]"`, `"a@sub.hedgebox.example"`, `"<a@hedgebox.example>"`, `"a@hedgebox。example"`, `" a@hedgebox.example"`, `"a@hedgebox.example\u202e"`,
	} {
		all = append(all, created("email", spelling), changed(saved, "", given{"target_value": spelling}), changed(saved, `"enabled":true`, given{"target_type": `"email"`, "target_value": spelling}), account("partial-update", given{"email": spelling}))
	}
	return all
}

// kinds are acts that send elsewhere than by mail, where no list allows it.
func kinds() []act {
	const mail, channel = `"target_type":"email","target_value":"a@hedgebox.example"`, `"target_type":"slack","integration_id":701,"target_value":"C0EVIL00001|#x"`
	return []act{
		created("slack", `"C0EVIL00001|#x"`), created("webhook", `"https://evil.example/a"`), created("webhook", `"https://hooks.hedgebox.example/a,eve@evil.example"`), created("slack", evil),
		changed(mail, "", given{"target_type": `"slack"`, "integration_id": `701`}), changed(mail, `"enabled":true`, given{"target_type": `"webhook"`, "target_value": `"https://evil.example/a"`}),
		changed(channel, "", given{"enabled": `true`}), changed(channel, `"deleted":true`, given{"deleted": `false`}), changed(channel, "", given{"target_type": `"email"`, "target_value": evil}),
		changed(channel, `"enabled":true`, given{"target_value": `"C0EVIL00002|#C0HEDGE0001"`}),
	}
}

var accounts = []act{
	account("partial-update", given{"email": `"x@hedgebox.example"`}), account("partial-update", given{"theme_mode": `"dark"`, "is_staff": `true`}), account("partial-update", given{"password": `"a long password"`, "current_password": `"x"`}),
	account("partial-update", given{"set_current_team": `"31002"`}), account("partial-update", given{"set_current_organization": `"0188a9f0-0000-7000-8000-000000000001"`}), account("partial-update", given{"passkeys_enabled_for_2fa": `true`}),
	account("hedgehog-config-partial-update", given{"email": `"x@hedgebox.example"`}), account("hedgehog-config-partial-update", given{"hedgehog_config": `{"email":"x@hedgebox.example"}`}), account("destroy", given{"uuid": `"@me"`}),
}

// graves are acts that cannot be taken back, and sending what sends to whom
// nobody objects.
func graves() []act {
	return []act{
		changed(`"target_type":"email","target_value":"a@hedgebox.example"`, "", given{"deleted": `true`}), {tool: "subscriptions-destroy", arguments: given{"id": `1134`}},
		sharing("partial-update", given{"enabled": `true`}), sharing("partial-update", given{"password_required": `false`}), sharing("refresh-create", given{}),
		account("partial-update", given{"email": `"x@hedgebox.example"`}), account("hedgehog-config-partial-update", given{"hedgehog_config": `{"color":"red"}`}),
	}
}

func sending() (all []act) {
	const ours = `"target_type":"email","target_value":"a@hedgebox.example"`
	all = append(graves(), created("email", `"b@hedgebox.example"`), created("slack", `"C0HEDGE0001|#growth"`))
	for _, change := range []given{{"target_value": `"b@hedgebox.example"`}, {"frequency": `"daily"`}, {"insight": `2005`}, {"enabled": `true`}, {"count": `null`}} {
		all = append(all, changed(ours, `"enabled":true`, change))
	}
	test := changed(ours, `"enabled":true`, given{})
	test.tool = "subscriptions-test-delivery-create"
	return append(all, test, changed(ours, "", given{"enabled": `true`}), changed(ours, `"deleted":true`, given{"deleted": `false`}))
}

// ways are what an agent, or its client, may do to a call to get it past a rule.
var ways = map[string]func(t *testing.T, w *world, tool *engine.Tool, call given) string{
	"as it is":      func(_ *testing.T, _ *world, _ *engine.Tool, call given) string { return call.JSON() },
	"as text":       func(_ *testing.T, _ *world, _ *engine.Tool, call given) string { return text(call.JSON()) },
	"beside others": func(_ *testing.T, _ *world, _ *engine.Tool, call given) string { return beside(call).JSON() },
	"a dry run": func(_ *testing.T, _ *world, _ *engine.Tool, call given) string {
		return call.with("dry_run", `true`).JSON()
	},
	"no dry run": func(_ *testing.T, _ *world, _ *engine.Tool, call given) string {
		return call.with("dry_run", `"False"`).JSON()
	},
	"a made-up token": func(_ *testing.T, _ *world, _ *engine.Tool, call given) string {
		return call.with("confirmation", text(strings.Repeat("A", 48))).JSON()
	},
	"values as text": func(_ *testing.T, _ *world, tool *engine.Tool, call given) string {
		call = maps.Clone(call)
		for name, value := range call {
			if tool.Schema.Field(name).Type != "string" && value != "null" {
				call[name] = text(value)
			}
		}
		return call.JSON()
	},
	"with escapes": func(_ *testing.T, _ *world, _ *engine.Tool, call given) string {
		return strings.NewReplacer(`@`, `\u0040`, `"e`, `"\u0065`, `"t`, `"\u0074`).Replace(call.JSON())
	},
	"padded with null": func(_ *testing.T, _ *world, tool *engine.Tool, call given) string {
		for _, f := range tool.Schema.Fields() {
			if _, in := call[f.Name]; !in {
				call = call.with(f.Name, `null`)
			}
		}
		return call.JSON()
	},
	"padded with nothing": func(_ *testing.T, _ *world, tool *engine.Tool, call given) string {
		for _, name := range fillers(tool, call, "") {
			call = call.with(name, `""`)
		}
		return call.JSON()
	},
	"in the open project": func(_ *testing.T, _ *world, tool *engine.Tool, call given) string {
		return inProject(tool, call, `"@current"`)
	},
	"in 00031001": func(_ *testing.T, _ *world, tool *engine.Tool, call given) string {
		return inProject(tool, call, `"00031001"`)
	},
	"with another call's confirmation": func(t *testing.T, w *world, _ *engine.Tool, call given) string {
		return call.with("confirmation", w.confirmation(t, `{"id":1101}`)).JSON()
	},
	"with a confirmation of before a restart": func(t *testing.T, w *world, tool *engine.Tool, call given) string {
		refused, _ := w.call(as("me"), tool.Name, call.JSON())
		w.box.Seal, _ = seal.New(nil, nil)
		if token := gjson.GetBytes(refused.Object, "preview.confirmation").Raw; token != "" {
			call = call.with("confirmation", token)
		}
		return call.JSON()
	},
	"with another caller's confirmation": func(_ *testing.T, w *world, tool *engine.Tool, call given) string {
		refused, _ := w.call(as("you"), tool.Name, call.JSON())
		if token := gjson.GetBytes(refused.Object, "preview.confirmation").Raw; token != "" {
			call = call.with("confirmation", token)
		}
		return call.JSON()
	},
}

func inProject(tool *engine.Tool, call given, project string) string {
	if tool.Schema.Field("project_id") != nil {
		call = call.with("project_id", project)
	}
	return call.JSON()
}

// confirmation is one for a test delivery.
func (w *world) confirmation(t *testing.T, arguments string) string {
	t.Helper()
	refused, _ := w.call(as("me"), "subscriptions-test-delivery-create", arguments)
	if token := gjson.GetBytes(refused.Object, "preview.confirmation").Raw; token != "" {
		return token
	}
	return text(strings.Repeat("B", 48))
}

// Every rule, and every way around it: whatever way an agent tries, nothing but
// looks reaches PostHog, and nobody gets a message.
func TestWaysAroundRules(t *testing.T) {
	c, err := confirmedCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	lists := engine.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"hedgebox.example"}})}
	wider := engine.Rules{Recipients: allow(t, recipient.Rules{EmailDomains: []string{"hedgebox.example"}, SlackChannels: []string{"C0HEDGE0001"}, WebhookHosts: []string{"hooks.hedgebox.example"}})}
	everything := slices.Concat(kinds(), accounts, graves())
	for _, rule := range []struct {
		name    string
		rules   engine.Rules
		confirm engine.Confirm
		acts    []act
	}{
		{"email domains", lists, engine.ConfirmOff, slices.Concat(mails(), kinds())},
		{"email domains, Slack channels and hosts", wider, engine.ConfirmOff, slices.Concat(mails(), kinds())},
		{"email domains, and consent", lists, engine.ConfirmSends, slices.Concat(mails(), kinds())},
		{"account changes", engine.Rules{DenyAccountChanges: true}, engine.ConfirmOff, accounts},
		{"account changes, and consent", engine.Rules{DenyAccountChanges: true}, engine.ConfirmDestructive, accounts},
		{"read-only", engine.Rules{Selection: engine.Selection{ReadOnly: true}}, engine.ConfirmOff, everything},
		{"toolsets", engine.Rules{Selection: engine.Selection{Toolsets: []string{"lookup"}}}, engine.ConfirmOff, everything},
		{"consent to what is destructive", engine.Rules{}, engine.ConfirmDestructive, graves()},
		{"consent to what sends", engine.Rules{}, engine.ConfirmSends, sending()},
	} {
		for way, goes := range ways {
			t.Run(rule.name+"/"+way, func(t *testing.T) {
				acts := rule.acts
				if way == "as it is" && rule.rules.Recipients.Restricts() {
					acts = slices.Concat(acts, spellings())
				}
				for _, a := range acts {
					w := confirming(t, rule.confirm, nil)
					w.box.Rules = rule.rules
					a := w.prepared(t, a)
					tool := c.Tool(a.tool)
					arguments := goes(t, w, tool, a.arguments)
					result, asked := w.call(as("me"), a.tool, arguments)
					dry := way == "a dry run" && rule.confirm != engine.ConfirmOff && !result.IsError
					if code := gjson.GetBytes(result.Object, "code").String(); !slices.Contains(stopped, code) && !dry {
						t.Errorf("%s %s: %s", a.tool, arguments, result.Object)
					}
					if slices.ContainsFunc(asked, func(a string) bool { return !strings.HasPrefix(a, "GET ") }) || len(w.mail) > 0 {
						t.Errorf("%s %s: %q reached PostHog, and %v went out", a.tool, arguments, asked, w.mail)
					}
				}
			})
		}
	}
}

// prepared is the act once people have made in PostHog what it is about.
func (w *world) prepared(t *testing.T, a act) act {
	t.Helper()
	var id json.RawMessage
	for i, arguments := range a.saved {
		if i == 0 {
			id = json.RawMessage(w.unruled(t, "subscriptions-create", arguments).Get("id").Raw)
			continue
		}
		w.unruled(t, "subscriptions-partial-update", fmt.Sprintf(arguments, firstNew))
	}
	if a.arguments["id"] == `%d` {
		a.arguments = a.arguments.with("id", string(id))
	}
	w.mail = nil
	return a
}

// A consent is used up: nothing is sent for it twice.
func TestUsedConfirmation(t *testing.T) {
	for _, a := range sending() {
		w := confirming(t, engine.ConfirmSends, nil)
		a := w.prepared(t, a)
		refused, _ := w.call(as("me"), a.tool, a.arguments.JSON())
		arguments := a.arguments.with("confirmation", gjson.GetBytes(refused.Object, "preview.confirmation").Raw).JSON()
		w.call(as("me"), a.tool, arguments)
		sent := len(w.Outbox())
		if again, _ := w.call(as("me"), a.tool, arguments); len(w.Outbox()) > sent {
			t.Errorf("%s %s: sent twice: %s", a.tool, arguments, again.Object)
		}
	}
}
