package tools_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/transport/limit"
)

const (
	delivery = `"target_type":"email","target_value":"a@x.example","insight":2001,"frequency":"weekly","start_date":"2027-01-04T09:00:00Z"`
	padding  = `"project_id":null,"interval":null,"enabled":null,"deleted":null,"count":null,"title":null,"fields":null,"dry_run":null,"confirmation":null`
)

// However a call is spelt, its repetition is not made; a call that differs is.
func TestDuplicateGuard(t *testing.T) {
	const create, test = "subscriptions-create", "subscriptions-test-delivery-create"
	for _, c := range []struct {
		tool, first string
		same, other []string
	}{
		{create, `{` + delivery + `}`,
			[]string{
				` { "frequency" : "weekly","insight":2001, "target_value":"a@x.example","target_type":"email", "start_date":"2027-01-04T09:00:00Z" } `,
				`{` + strings.Replace(delivery, "2001", `"2001"`, 1) + `}`, `{` + strings.Replace(delivery, "2001", "2001.0", 1) + `}`, `{` + strings.Replace(delivery, "a@x", `\u0061\u0040x`, 1) + `}`,
				`{` + strings.Replace(delivery, `"weekly"`, `"week\u006cy"`, 1) + `}`, `{` + strings.Replace(delivery, "T09:00:00Z", "T09:00Z", 1) + `}`,
				`{` + strings.Replace(delivery, "09:00:00Z", "11:00:00+02:00", 1) + `}`, `{` + strings.Replace(delivery, "09:00:00Z", "09:00:00", 1) + `}`,
				`{` + delivery + `,"title":null}`, `{` + delivery + `,"title":""}`, `{` + delivery + `,"invite_message":null}`, `{` + delivery + `,"byweekday":[]}`, `{` + delivery + `,"dashboard":null}`,
				`{` + delivery + `,"interval":1}`, `{` + delivery + `,"send_test_now":true}`, `{` + delivery + `,"delivery_config":{},"contexts":[],"ai_prompt_config":{}}`, `{` + delivery + `,"enabled":true}`, `{` + delivery + `,"enabled":"True"}`, `{` + delivery + `,"deleted":false,"summary_enabled":false}`,
				`{` + delivery + `,` + padding + `}`, `{` + delivery + `,"dashboard":"","interval":"","count":0,"until_date":"","title":""}`,
				`{` + delivery + `,"project_id":"@current"}`, `{` + delivery + `,"project_id":31001}`, `{` + delivery + `,"project_id":"0031001"}`,
				`{` + delivery + `,"dry_run":false}`, `{` + delivery + `,"fields":["id"]}`, `{` + delivery + `,"wait_for_previous":true}`,
				text(`{` + delivery + `}`),
			},
			[]string{
				`{` + strings.Replace(delivery, "2001", "2005", 1) + `}`, `{` + strings.Replace(delivery, "a@x", "A@x", 1) + `}`, `{` + strings.Replace(delivery, "a@x.example", "a@x.example,b@x.example", 1) + `}`,
				`{` + strings.Replace(delivery, "weekly", "daily", 1) + `}`, `{` + strings.Replace(delivery, "09:00:00Z", "09:00:00+02:00", 1) + `}`, `{` + delivery + `,"title":"x"}`, `{` + delivery + `,"title":"null"}`,
				`{` + delivery + `,"interval":2}`, `{` + delivery + `,"send_test_now":false}`, `{` + delivery + `,"delivery_config":{"include_images":true}}`, `{` + delivery + `,"enabled":false}`, `{` + delivery + `,"count":1}`, `{` + delivery + `,"byweekday":["monday"]}`, `{` + delivery + `,"invite_message":"hello"}`,
				`{` + delivery + `,"project_id":31002}`, `{` + delivery + `,"summary_enabled":true}`,
			}},
		{test, `{"id":1134}`,
			[]string{`{ "id" : "1134" }`, `{"id":1134.0}`, `{"id":1134,"project_id":null}`, `{"id":1134,"project_id":"@current","dry_run":false}`, `{"id":1134,"project_id":"031001"}`, `{"id":1134,"confirmation":null}`},
			[]string{`{"id":1101}`, `{"id":1134,"project_id":31002}`},
		},
		{"subscriptions-partial-update", `{"id":1134,"send_test_now":true}`,
			[]string{`{"id":"1134","send_test_now":"true"}`},
			[]string{`{"id":1134,"send_test_now":true,"title":null}`, `{"id":1134,"send_test_now":true,"byweekday":[]}`, `{"id":1134,"send_test_now":true,"clear":["title"]}`, `{"id":1134,"send_test_now":true,"interval":1}`},
		},
	} {
		for _, again := range slices.Concat([]string{c.first}, c.same, c.other) {
			w := newWorld()
			w.Switch(func(s *sandbox.Switches) { s.TestDeliveryLimit = false })
			w.box.Once = limit.NewOnce(time.Hour, time.Minute, nil)
			w.call(as("me"), c.tool, with(c.first, `"dry_run":true`)) // is no call
			first, _ := w.call(as("me"), c.tool, c.first)
			second, asked := w.call(as("me"), c.tool, again)
			other := slices.Contains(c.other, again)
			if first.IsError || writes(asked) != other || !other && string(second.Write.Outcome) != "repeated" {
				t.Errorf("%s %s\n after %s: %q, %s", c.tool, again, c.first, asked, second.Object)
			}
			yours, asked := w.call(as("you"), c.tool, again)
			if !writes(asked) {
				t.Errorf("%s: another caller's is not made: %s", again, yours.Object)
			}
		}
	}
}

func writes(asked []string) bool {
	return slices.ContainsFunc(asked, func(r string) bool { return !strings.HasPrefix(r, "GET") })
}
