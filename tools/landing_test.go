package tools_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/recipient"
)

// lands makes a call whose write reaches PostHog only after meanwhile.
func (w *world) lands(ctx context.Context, tool, arguments string, meanwhile func()) engine.Result {
	w.Intercept(func(r *http.Request) func() {
		if r.Method != http.MethodGet {
			w.Intercept(nil)
			meanwhile()
		}
		return nil
	})
	defer w.Intercept(nil)
	r, _ := w.call(ctx, tool, arguments)
	return r
}

// agreed makes a call, and makes it again with the confirmation where a person
// has to agree.
func (w *world) agreed(ctx context.Context, tool, arguments string) engine.Result {
	r, _ := w.call(ctx, tool, arguments)
	if confirmation := gjson.GetBytes(r.Object, "preview.confirmation"); confirmation.Exists() {
		r, _ = w.call(ctx, tool, with(arguments, `"confirmation":`+confirmation.Raw))
	}
	return r
}

// unruled makes a call that no rule holds, as a person makes it in PostHog.
func (w *world) unruled(t *testing.T, tool, arguments string) gjson.Result {
	t.Helper()
	box := *w.box
	defer func() { *w.box = box }()
	w.box.Rules, w.box.Confirm, w.box.Once = engine.Rules{}, engine.ConfirmOff, nil
	r, _ := w.call(context.Background(), tool, arguments)
	if r.IsError {
		t.Fatalf("%s %s: %s", tool, arguments, r.Object)
	}
	return gjson.ParseBytes(r.Object)
}

// What is paused or deleted is nobody's business, until it wakes: a call about it
// that nobody judged does not land on one that wakes it.
func TestUnjudgedCallLandsLast(t *testing.T) {
	const wake = `"enabled":true,"deleted":false`
	mails := recipient.Rules{EmailDomains: []string{"hedgebox.example"}}
	type row struct {
		rules recipient.Rules
		// saved is the subscription, asleep its state; late is the call that lands
		// last, early the one that lands, and was judged, before.
		saved, asleep, late, early string
	}
	var rows []row
	for _, asleep := range []string{`"enabled":false,"deleted":false`, `"enabled":true,"deleted":true`, `"enabled":false,"deleted":true`} {
		for _, late := range []string{`"target_value":"eve@evil.example"`, `"target_type":"email","target_value":"eve@evil.example"`, `"target_value":"eve@evil.example","title":"x"`} {
			rows = append(rows, row{mails, newMail + `,"target_value":"eve@evil.example"`, asleep, late, `"target_value":"a@hedgebox.example",` + wake})
		}
		for _, late := range []string{
			`"integration_id":702`, `"frequency":"daily"`, `"interval":2`, `"byweekday":["friday"]`, `"count":50`, `"start_date":"2027-02-01T09:00:00Z"`, `"until_date":"2028-02-01T09:00:00Z"`,
			`"insight":2005`, `"target_value":"C0HEDGE0001|#growth"`, `"target_value":"C0HEDGE0009|#x"`,
		} {
			rows = append(rows, row{recipient.Rules{}, newSlack + `,"target_value":"C0HEDGE0001|#growth"`, asleep, late, wake})
		}
	}
	for _, c := range rows {
		t.Run(c.asleep+" "+c.late, func(t *testing.T) {
			w := confirming(t, engine.ConfirmSends, nil)
			if c.rules.EmailDomains != nil {
				w.box.Confirm, w.box.Rules.Recipients = engine.ConfirmOff, allow(t, c.rules)
			}
			id := w.unruled(t, "subscriptions-create", `{`+c.saved+`,"enabled":false}`).Get("id").Int()
			w.unruled(t, "subscriptions-partial-update", fmt.Sprintf(`{"id":%d,%s}`, id, c.asleep))
			w.lands(as("late"), "subscriptions-partial-update", fmt.Sprintf(`{"id":%d,%s}`, id, c.late), func() {
				if r := w.agreed(as("early"), "subscriptions-partial-update", fmt.Sprintf(`{"id":%d,%s}`, id, c.early)); r.IsError {
					t.Fatalf("not made: %s", r.Object)
				}
			})
			if s := w.saved(t, id); s.Get("enabled").Bool() && !s.Get("deleted").Bool() {
				t.Errorf("active, as nobody judged it: %s", s)
			}
			for _, m := range w.mail {
				if strings.Contains(m.To, "evil") {
					t.Errorf("sent to %s", m.To)
				}
			}
		})
	}
}

// saved is a subscription as PostHog has it.
func (w *world) saved(t *testing.T, id int64) gjson.Result {
	t.Helper()
	return w.unruled(t, "subscriptions-retrieve", fmt.Sprintf(`{"id":%d,"fields":["*"]}`, id))
}

// What a person agreed to is what stands when it lands last: whatever a call that
// needed no consent changed of a paused subscription meanwhile.
func TestAgreedCallLandsLast(t *testing.T) {
	const dashboard = `"frequency":"weekly","start_date":"2027-01-04T09:00:00Z","target_type":"email","target_value":"a@x.example","dashboard":101,"dashboard_export_insights":[2001]`
	shown := slices.Concat([]string{"target_type", "target_value", "integration_id"}, []string{"frequency", "interval", "byweekday", "bysetpos", "count", "start_date", "until_date"}, []string{"dashboard", "insight", "dashboard_export_insights"})
	for early, saved := range map[string]string{
		`"target_value":"C0HEDGE0009|#x"`: newSlack + `,"target_value":"C0HEDGE0001|#growth"`, `"integration_id":702`: newSlack + `,"target_value":"C0HEDGE0001|#growth"`,
		`"target_type":"email"`: newSlack + `,"target_value":"C0HEDGE0001|#growth"`, `"target_type":"email","target_value":"x@y.example","integration_id":null`: newSlack + `,"target_value":"C0HEDGE0001|#growth"`,
		`"frequency":"daily"`: newMail + `,"target_value":"a@x.example"`, `"interval":2`: newMail + `,"target_value":"a@x.example"`, `"byweekday":["friday"]`: newMail + `,"target_value":"a@x.example"`,
		`"count":50`: newMail + `,"target_value":"a@x.example"`, `"start_date":"2027-02-01T09:00:00Z"`: newMail + `,"target_value":"a@x.example"`, `"until_date":"2028-02-01T09:00:00Z"`: newMail + `,"target_value":"a@x.example"`,
		`"byweekday":["friday"],"bysetpos":1`: newMail + `,"target_value":"a@x.example"`, `"insight":2005`: newMail + `,"target_value":"a@x.example"`,
		`"dashboard_export_insights":[2002]`: dashboard, `"dashboard":104,"dashboard_export_insights":[2005]`: dashboard,
	} {
		w := confirming(t, engine.ConfirmSends, nil)
		w.unruled(t, "subscriptions-create", `{`+saved+`,"enabled":false}`)
		before := w.saved(t, firstNew)
		refused, _ := w.call(as("late"), "subscriptions-partial-update", `{"id":90001,"enabled":true}`)
		w.lands(as("late"), "subscriptions-partial-update", `{"id":90001,"enabled":true,"confirmation":`+gjson.GetBytes(refused.Object, "preview.confirmation").Raw+`}`, func() {
			if r, _ := w.call(as("early"), "subscriptions-partial-update", `{"id":90001,`+early+`}`); r.IsError {
				t.Fatalf("%s: not made: %s", early, r.Object)
			}
		})
		after := w.saved(t, firstNew)
		for _, name := range shown {
			if after.Get(name).Raw != before.Get(name).Raw || !after.Get("enabled").Bool() {
				t.Errorf("%s: agreed to %s: %s, and it is %s", early, name, before.Get(name), after.Get(name))
			}
		}
	}
}
