package tools_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// These tests are rows of the table of docs/agents.md that are about more than who gets
// a message: see TestGenerations.

// What is due at ten past leaves at once on an older server, and at half past on a newer
// one, as the preview says; bysetpos counts outside monthly on an older server only.
func TestDeliveriesOfVersions(t *testing.T) {
	for _, c := range []struct {
		members, says string
		page, today   []string
	}{
		{`"frequency":"daily","start_date":"2026-11-25T09:10:00Z","count":2`, "PostHog delivers at :00 and :30: 09:10 means 09:30.",
			[]string{"25 09:10", "26 09:10"}, []string{"25 09:30", "26 09:30"}},
		{`"frequency":"weekly","byweekday":["thursday","saturday"],"bysetpos":-1,"start_date":"2026-11-25T09:00:00Z"`, "Newer PostHog versions read bysetpos only when the frequency is monthly",
			[]string{"28 09:00"}, []string{"26 09:00", "28 09:00"}},
	} {
		for _, g := range generations {
			w := of(g)
			arguments := `{"insight":2001` + ada + `,` + c.members + `}`
			preview, _ := w.call(t.Context(), "subscriptions-create", with(arguments, `"dry_run":true`))
			w.call(t.Context(), "subscriptions-create", arguments)
			w.mail = nil
			w.Advance(5 * 24 * time.Hour)
			var sent []string
			for _, m := range w.mail {
				sent = append(sent, m.At.Format("02 15:04"))
			}
			want := map[sandbox.Generation][]string{sandbox.Page: c.page, sandbox.Today: c.today}[g]
			if fmt.Sprint(sent) != fmt.Sprint(want) || !strings.Contains(string(preview.Object), c.says) {
				t.Errorf("%s, %s: sent at %q: %s", g, c.members, sent, preview.Object)
			}
		}
	}
}

// More insights than a version or a plan takes are refused with the number, and what it
// takes is taken.
func TestInsightsOfVersions(t *testing.T) {
	for _, c := range []struct {
		generation sandbox.Generation
		cap, takes int
	}{{sandbox.Page, 0, 6}, {sandbox.Today, 0, 10}, {sandbox.Today, 25, 25}, {sandbox.Page, 25, 25}} {
		w := of(c.generation)
		w.Switch(func(s *sandbox.Switches) { s.InsightCap = c.cap })
		create := func(n int) engine.Result {
			ids := []int{2001, 2002, 2003, 2004, 2018, 2010, 2017}[:min(n, 7)] // those of the dashboard, and more
			for id := 2040; len(ids) < n; id-- {
				ids = append(ids, id)
			}
			list, _ := json.Marshal(ids)
			r, _ := w.call(t.Context(), "subscriptions-create", `{`+strings.Replace(newRow, `"insight":2001`, `"dashboard":101,"dashboard_export_insights":`+string(list), 1)+ada+`}`)
			return r
		}
		if made := create(min(c.takes, 7)); made.IsError {
			t.Errorf("%v: %s", c, made.Object)
		}
		if refused := create(c.takes + 1); !strings.Contains(refused.Text, fmt.Sprintf("Cannot select more than %d insights", c.takes)) || !strings.Contains(refused.Text, "make several subscriptions") {
			t.Errorf("%v: %s", c, refused.Text)
		}
	}
}

// Each gate of an AI report is in the preview, and in the refusal.
func TestGatesOfPrompts(t *testing.T) {
	const needs = "An AI report needs a newer PostHog Cloud, an organization that has approved AI data processing, and a key with the scope query:read."
	create := `{` + strings.Replace(newRow, `"insight":2001`, `"prompt":"Which plans grow?"`, 1) + ada + `}`
	for _, c := range []struct {
		generation      sandbox.Generation
		shut            func(s *sandbox.Switches)
		key             posthog.Key
		tool, arguments string
		// doubt is in the preview; refused and hint are in the answer.
		doubt, refused, hint string
	}{
		{sandbox.Page, func(*sandbox.Switches) {}, sandbox.KeyAll, "create", create, "unless it is a newer Cloud", "400", needs},
		{sandbox.Today, func(s *sandbox.Switches) { s.SelfHosted = true }, sandbox.KeyAll, "create", create, "unless it is a newer Cloud", "only available in PostHog Cloud", needs},
		{sandbox.Today, func(s *sandbox.Switches) { s.AIConsent = false }, sandbox.KeyAll, "create", create, "has approved AI data processing", "must approve AI data processing", needs},
		{sandbox.Today, func(s *sandbox.Switches) { s.AIPrompts = false }, sandbox.KeyAll, "create", create, "unless it is a newer Cloud", "not enabled for your account", needs},
		{sandbox.Today, func(*sandbox.Switches) {}, sandbox.KeySubscriptionsOnly, "create", create, "has the scope query:read", "missing required scope 'query:read'", "Add the scope query:read"},
		{sandbox.Today, func(*sandbox.Switches) {}, sandbox.KeySubscriptionsOnly, "partial-update", `{"id":1137,"title":"x"}`, "a key without the scope query:read", "missing required scope 'query:read'", "Add the scope query:read"},
		{sandbox.Today, func(*sandbox.Switches) {}, sandbox.KeySubscriptionsOnly, "test-delivery-create", `{"id":1137}`, "a key without the scope query:read", "missing required scope 'query:read'", "Add the scope query:read"},
		{sandbox.Today, func(s *sandbox.Switches) { s.AIConsent, s.AIPrompts = false, false }, sandbox.KeyAll, "partial-update", `{"id":1137,"title":"x"}`, "a key without the scope query:read", "", ""},
		{sandbox.Today, func(*sandbox.Switches) {}, sandbox.KeyAll, "create", create, "unless it is a newer Cloud", "", ""},
	} {
		w := of(c.generation)
		w.Switch(c.shut)
		w.box.API = posthog.New(posthog.Options{Base: w.RoundTripper(), Key: c.key})
		preview, _ := w.call(t.Context(), "subscriptions-"+c.tool, with(c.arguments, `"dry_run":true`))
		result, _ := w.call(t.Context(), "subscriptions-"+c.tool, c.arguments)
		if !strings.Contains(gjson.GetBytes(preview.Object, "warnings").Raw, c.doubt) || result.IsError != (c.refused != "") || !strings.Contains(result.Text, c.refused) || !strings.Contains(result.Text, c.hint) {
			t.Errorf("%s %s: %s\n%s", c.tool, c.arguments, preview.Object, result.Text)
		}
	}
}
