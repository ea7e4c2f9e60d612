package subscriptions

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

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
			Effect: engine.Read, Method: http.MethodGet, Route: subscriptionsRoute + ":id/deliveries/",
			Scope:       "subscription:read",
			Description: "Lists deliveries, tests among them, newest first: who got them, who did not and why.",
			Request: struct {
				ofSubscription
				Status string `json:"status,omitempty" jsonschema:"enum=starting,enum=completed,enum=failed,enum=skipped"`
				Limit  int64  `json:"limit,omitempty" arg:"in=local,quiet" jsonschema:"minimum=1,maximum=50,default=10"`
				Cursor string `json:"cursor,omitempty" arg:"most=500" match:"^[A-Za-z0-9+/=_-]{1,500}$" expect:"the next_cursor of an earlier answer" jsonschema_description:"A next_cursor."`
				engine.InProject
			}{},
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
			Effect: engine.Read, Method: http.MethodGet, Route: subscriptionsRoute + ":id/deliveries/:delivery/",
			Scope:       "subscription:read",
			Description: "Returns one delivery, with the AI report that was sent.",
			Request: struct {
				ofSubscription
				Delivery string `json:"delivery" arg:"segment" jsonschema:"required"`
				engine.InProject
			}{},
			Has: []string{"id"}, RenderItem: showDelivery,
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

// showDelivery is one delivery, with the report of an AI subscription.
func showDelivery(o *view.Object, row gjson.Result, _ engine.Rendering) {
	d := readDelivery(row)
	d.show(o)
	o.Text("way_out", d.wayOut())
	o.Text("prompt", row.Get("ai_report_prompt").String())
	o.Text("report", row.Get("ai_report").String())
	var failed []string
	for _, query := range row.Get("ai_report_diagnostics").Array() {
		if query.Get("ok").Type == gjson.False {
			failed = append(failed, view.Cut(query.Get("description").String()+": "+query.Get("human_readable_error").String(), errorText))
		}
	}
	o.Texts("failed_queries", failed)
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

// pastDelivery is what is shown of one run.
type pastDelivery struct {
	row    gjson.Result
	status string
	// outcomes are the recipients counted: 3 sent, 1 failed.
	outcomes string
	sent     []string
	failed   []gjson.Result
}

func readDelivery(row gjson.Result) pastDelivery {
	d := pastDelivery{row: row, status: row.Get("status").String()}
	counts := map[string]int{}
	for _, result := range row.Get("recipient_results").Array() {
		status := result.Get("status").String()
		if status != "success" {
			d.failed = append(d.failed, result)
		} else {
			d.sent = append(d.sent, recipientName(result.Get("recipient").String()))
		}
		counts[status]++
	}
	d.outcomes = countWords(counts)
	return d
}

// countWords is "3 sent, 1 failed". PostHog's success is no more than that it
// was sent.
func countWords(counts map[string]int) string {
	var words []string
	for _, status := range []struct{ posthog, word string }{{"success", "sent"}, {"partial", "partly sent"}, {"failed", "failed"}} {
		if n := counts[status.posthog]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, status.word))
		}
		delete(counts, status.posthog)
	}
	others := 0
	for _, n := range counts {
		others += n
	}
	if others > 0 {
		words = append(words, fmt.Sprintf("%d other", others))
	}
	return strings.Join(words, ", ")
}

// triggers are PostHog's words for why a delivery was made, and ours.
var triggers = map[string]string{"manual": "test delivery", "target_change": "created or edited"}

func (d pastDelivery) show(o *view.Object) {
	trigger := d.row.Get("trigger_type").String()
	created := view.Instant(d.row.Get("created_at"))
	o.Text("created_at", created)
	o.Text("trigger", cmp.Or(triggers[trigger], view.Cut(trigger, view.ShortText)))
	o.Text("status", view.Cut(d.status, view.ShortText))
	for _, name := range []string{"scheduled_at", "finished_at"} {
		if at := view.Instant(d.row.Get(name)); at != created {
			o.Text(name, at)
		}
	}
	o.Text("recipients", d.outcomes)
	o.Text("sent", view.Few(d.sent, failuresShown))
	if len(d.failed) > 0 {
		o.JSON("failed", d.failures())
	}
	if more := len(d.failed) - failuresShown; more > 0 {
		o.Number("more_failed", int64(more))
	}
	if trouble := errorWords(d.row.Get("error")); !d.failedWith(trouble) {
		o.Text("error", trouble) // else it stands with the recipients
	}
}

// failedWith tells whether a shown recipient failed for that reason.
func (d pastDelivery) failedWith(trouble string) bool {
	return slices.ContainsFunc(d.failed[:min(len(d.failed), failuresShown)], func(result gjson.Result) bool {
		return errorWords(result.Get("error")) == trouble || result.Get("human_readable_error").String() == trouble
	})
}

// waysOut are what a person can do about an error of Slack's, by its type.
var waysOut = map[string]string{
	"not_in_channel":        "not_in_channel: somebody in Slack invites the PostHog app to the channel",
	"channel_not_found":     "channel_not_found: slack-channels-list has the channels that there are",
	"is_archived":           "is_archived: choose another channel",
	"invalid_auth":          "invalid_auth: a person reconnects Slack in PostHog, under Settings, Integrations",
	"token_revoked":         "token_revoked: a person reconnects Slack in PostHog, under Settings, Integrations",
	"account_inactive":      "account_inactive: a person reconnects Slack in PostHog, under Settings, Integrations",
	"missing_integration":   "missing_integration: the subscription needs an integration_id; integrations-list has them",
	"messages_tab_disabled": "messages_tab_disabled: PostHog posts to channels only, not to people",
}

// wayOut is for the first of the failures that has one; empty for none.
func (d pastDelivery) wayOut() string {
	for _, result := range d.failed {
		if words := waysOut[result.Get("error.type").String()]; words != "" {
			return words
		}
	}
	return ""
}

func (d pastDelivery) failures() []byte {
	var list []byte
	for _, result := range d.failed[:min(len(d.failed), failuresShown)] {
		list = append(list, "[,"[min(len(list), 1)])
		o := view.NewObject(list)
		o.Text("recipient", recipientName(result.Get("recipient").String()))
		if status := result.Get("status").String(); status != "failed" {
			o.Text("status", view.Cut(status, view.ShortText))
		}
		o.Text("error", cmp.Or(view.Cut(result.Get("human_readable_error").String(), errorText), errorWords(result.Get("error"))))
		list = o.Bytes()
	}
	return append(list, ']')
}

// errorWords is an error's message, else its type, else itself.
func errorWords(e gjson.Result) string {
	if !e.IsObject() {
		return view.Cut(e.String(), errorText)
	}
	return view.Cut(cmp.Or(e.Get("message").String(), e.Get("type").String()), errorText)
}

// recipientName leaves of a webhook's address the host: who has the rest can
// post there.
func recipientName(recipient string) string {
	link, err := url.Parse(recipient)
	if err == nil && strings.HasPrefix(link.Scheme, "http") {
		return link.Scheme + "://" + link.Hostname() + "/…"
	}
	return view.Cut(recipient, view.LongName)
}
