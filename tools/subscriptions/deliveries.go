package subscriptions

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// Deliveries are read in pages of 50, whatever is asked for: the limit is how
// many of them are shown.
const deliveriesShown = 10

// Deliveries declares the look-up of what became of deliveries.
func Deliveries() []engine.Operation {
	return []engine.Operation{
		{
			Name: "subscriptions-deliveries-list", Title: "List deliveries",
			Effect: engine.Read, Route: subscriptionsRoute + ":id/deliveries/", Scope: "subscription:read",
			Description: "Lists a subscription's deliveries, tests among them, newest first: who got them, who did not and why.",
			Request: []any{ofSubscription{}, struct {
				Status string `json:"status,omitempty" jsonschema:"enum=starting,enum=completed,enum=failed,enum=skipped"`
				Limit  int64  `json:"limit,omitempty" arg:"in=local,quiet" jsonschema:"minimum=1,maximum=50,default=10"`
				Cursor string `json:"cursor,omitempty" arg:"most=500" match:"^[A-Za-z0-9+/=_-]{1,500}$" expect:"the next_cursor of an earlier answer" jsonschema_description:"A next_cursor."`
			}{}, engine.InProject{}},
			Has:     []string{"results.#"},
			Example: `{"id":1135}`,
			Read: &engine.Reading{
				Fallback: askTheEnvironment, Further: tellNoneFromNothing, RenderPage: showDeliveries,
				Instead: "A person sees what became of deliveries in PostHog, on the subscription's page.",
				// Never the snapshots: each repeats the results of every chart.
				KeepFields: []string{
					"next", "results.created_at", "results.trigger_type", "results.status", "results.scheduled_at", "results.finished_at",
					"results.recipient_results", "results.error.message", "results.error.type", "results.id", "results.ai_report_prompt",
				},
			},
		},
		{
			Name: "subscriptions-deliveries-retrieve", Title: "Get delivery",
			Effect: engine.Read, Route: subscriptionsRoute + ":id/deliveries/:delivery/", Scope: "subscription:read",
			Description: "Returns one delivery of a subscription, with the AI report that was sent.",
			Request: []any{ofSubscription{}, struct {
				Delivery string `json:"delivery" arg:"segment" jsonschema:"required" jsonschema_description:"From subscriptions-deliveries-list."`
			}{}, engine.InProject{}},
			Has: []string{"id"}, RenderItem: showDelivery,
			Hints:   map[int]string{http.StatusNotFound: "subscriptions-deliveries-list has the ids of those with an AI report."},
			Example: `{"id":1101,"delivery":"0190de00-0000-7000-8000-000000000001"}`,
			Read: &engine.Reading{
				Fallback: askTheEnvironment,
				Instead:  "subscriptions-deliveries-list has the rest of it.",
				KeepFields: []string{
					"id", "created_at", "trigger_type", "status", "scheduled_at", "finished_at", "recipient_results", "error.message", "error.type",
					"ai_report", "ai_report_prompt", "ai_report_diagnostics.description", "ai_report_diagnostics.ok", "ai_report_diagnostics.human_readable_error",
				},
			},
		},
	}
}

// askTheEnvironment goes to the older address of the same list: some servers
// have deliveries below it alone.
func askTheEnvironment(refused *engine.Response, r *engine.Request) *engine.Request {
	if refused.Status != http.StatusNotFound || gjson.GetBytes(refused.Body, "detail").String() != engine.NoRoute {
		return nil
	}
	other := *r
	other.Path = strings.Replace(r.Path, "/api/projects/", "/api/environments/", 1)
	return &other
}

const (
	// failuresShown is how many of a delivery's recipients are named, and of those that
	// failed.
	failuresShown = 5
	// errorText is how much of an error is shown, in characters.
	errorText = 160
)

func showDeliveries(o *view.Object, answer gjson.Result, r engine.Rendering) {
	items, partly, wayOut := answer.Get("results"), false, ""
	taken := view.Rows{
		Most: r.Args.Number("limit", deliveriesShown),
		Item: func(to []byte, row gjson.Result) []byte {
			d := readDelivery(row)
			partly = partly || d.status == "completed" && len(d.failed) > 0
			wayOut = cmp.Or(wayOut, d.wayOut())
			o := view.NewObject(to)
			d.show(o)
			if row.Get("ai_report_prompt").String() != "" {
				o.Raw("delivery", row.Get("id")) // of those that have a report to read
			}
			return o.Bytes()
		},
	}.Take(items)
	o.Text("notice", view.Join(deliveriesNotice(items, taken, partly, r), wayOut))
	o.Flag("more", taken.Left)
	if cursor := cursorOf(answer.Get("next")); cursor != "" && !taken.Left {
		o.Text("next_cursor", cursor)
	}
	o.JSON("results", taken.JSON)
}

// tellNoneFromNothing looks for the subscription itself where it has no delivery:
// PostHog gives an empty list of what does not exist, too.
func tellNoneFromNothing(ctx context.Context, c *engine.Call, answer gjson.Result) *engine.Refusal {
	if len(answer.Get("results").Array()) > 0 || c.Args.Given("cursor") {
		return nil
	}
	_, refusal := c.Read(ctx, c.InProject("subscriptions/"+c.Argument("id")+"/"), "", "id")
	if refusal != nil && refusal.Status == http.StatusNotFound {
		return refusal
	}
	return nil
}

// reportText is how much of an AI report is shown, in characters: with those that JSON
// escapes it fits into a result. queriesShown is how many of its queries that failed.
const (
	reportText   = 9_000
	queriesShown = 5
	mostPrompt   = 4000 // as PostHog has it
)

// showDelivery is one delivery, with the report of an AI subscription.
func showDelivery(o *view.Object, row gjson.Result, _ engine.Rendering) {
	d := readDelivery(row)
	report := view.Text(row.Get("ai_report").String())
	if length := utf8.RuneCountInString(report); length == 0 {
		o.Text("notice", "no AI report was sent with it")
	} else if length > reportText {
		o.Text("notice", fmt.Sprintf("the report is cut: these are the first %d of its %d characters", reportText, length))
	}
	d.show(o)
	o.Text("way_out", d.wayOut())
	o.Text("prompt", view.Cut(row.Get("ai_report_prompt").String(), mostPrompt))
	o.Text("report", view.Cut(report, reportText))
	var failed []string
	for _, query := range view.Items(row.Get("ai_report_diagnostics")) {
		if query.Get("ok").Type == gjson.False {
			failed = append(failed, view.Cut(query.Get("description").String()+": "+query.Get("human_readable_error").String(), errorText))
		}
	}
	o.Texts("failed_queries", failed[:min(len(failed), queriesShown)])
	if more := len(failed) - queriesShown; more > 0 {
		o.Number("more_failed_queries", int64(more))
	}
}

func deliveriesNotice(items gjson.Result, taken view.Taken, partly bool, r engine.Rendering) (text string) {
	switch {
	case taken.Shown == 0 && r.Args.Given("status"):
		return "No delivery has this status."
	case taken.Shown == 0:
		return "No delivery yet."
	}
	if partly {
		text = "completed does not mean that everybody got it: see failed"
	}
	if taken.Full {
		text = view.Join(text, fmt.Sprintf("%d older ones of this page do not fit into the answer; narrow with status", int64(len(items.Array()))-taken.Shown))
	}
	return text
}

// cursorOf takes the cursor out of PostHog's link to the next page.
func cursorOf(next gjson.Result) string {
	link, err := url.Parse(next.String())
	if err != nil {
		return ""
	}
	return link.Query().Get("cursor")
}
