package tools_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// mostAllocated is what a call with up to a mebibyte of arguments may take of
// memory, the double of PostHog on the other side of the wire included.
const mostAllocated = underRace * (20 << 20)

// No call costs more than its arguments are worth: bounds come before work.
func TestCostOfCalls(t *testing.T) {
	list := func(n int, of func(i int) string) string {
		items := make([]string, n)
		for i := range items {
			items[i] = of(i)
		}
		return strings.Join(items, ",")
	}
	number := func(i int) string { return fmt.Sprint(i) }
	address := func(i int) string {
		return fmt.Sprintf("a%d@%sexample.com", i, strings.Repeat(strings.Repeat("b", 60)+".", 3))
	}
	wrong := func(i int) string { return fmt.Sprintf("%s%d", strings.Repeat("a", 200), i) }
	entry := func(i int) string { return fmt.Sprintf(`"key%d":{"a":"%s"}`, i, strings.Repeat("b", 180)) }
	create := func(members string) string {
		return `{"dry_run":true,"target_type":"email","frequency":"weekly","start_date":"2027-01-04T09:00:00Z",` + members + `}`
	}
	const maya = `"target_value":"maya@x.example",`
	for _, c := range []struct{ name, tool, given, refused string }{
		{"200,000 insights", "subscriptions-create", create(maya + `"dashboard":1,"dashboard_export_insights":[` + list(150_000, number) + `]`), "must have at most 100 items, has 150000"},
		{"14,500 unknown arguments", "subscriptions-create", create(maya + list(14_500, func(i int) string { return fmt.Sprintf(`"titel%d":1`, i) })), "must have at most 100 members"},
		{"2,000 recipients", "subscriptions-create", create(`"insight":1,"target_value":"` + list(2_000, address) + `"`), ""},
		{"2,000 recipients, of a change", "subscriptions-partial-update", `{"dry_run":true,"id":7,"target_value":"` + list(2_000, address) + `"}`, ""},
		{"2,001 recipients", "subscriptions-create", create(`"insight":1,"target_value":"` + list(2_001, func(i int) string { return fmt.Sprintf("a%d@x.example", i) }) + `"`), "must have at most 2000 recipients"},
		{"recipients that are none", "subscriptions-create", create(`"insight":1,"target_value":"` + list(2_000, wrong) + `"`), "target_value: and 1995 more"},
		{"a long message", "subscriptions-partial-update", `{"dry_run":true,"id":7,"invite_message":"` + strings.Repeat("x", 500_000) + `"}`, ""},
		{"a large config", "users-hedgehog-config-partial-update", `{"dry_run":true,"hedgehog_config":{` + list(4_900, entry) + `}}`, ""},
		{"large settings", "users-partial-update", `{"dry_run":true,"notification_settings":{` + list(4_900, entry) + `}}`, ""},
		{"many fields", "subscriptions-list", `{"fields":[` + list(200, func(i int) string { return fmt.Sprintf(`"a%d%s"`, i, strings.Repeat(".b", 100)) }) + `]}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if len(c.given) > 1<<20 {
				t.Fatalf("%d bytes", len(c.given))
			}
			w := newWire(t)
			w.call(c.tool, c.given) // what is made once is made
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			result := w.call(c.tool, c.given)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > mostAllocated {
				t.Errorf("%d bytes", took)
			}
			if !json.Valid(result.Object) || len(result.Text) > 5_000 || len(result.Object) > 45_000 {
				t.Errorf("%d bytes of text, %d of result", len(result.Text), len(result.Object))
			}
			if result.IsError != (c.refused != "") || !strings.Contains(result.Text, c.refused) {
				t.Errorf("%.400s", result.Text)
			}
		})
	}
}
