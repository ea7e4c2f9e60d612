package subscriptions

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

const (
	deliveriesShown = 10 // PostHog's pages have 50, whatever is asked for
	recipientsShown = 5  // of a delivery, and of those that failed
	queriesShown    = 5  // of a report, that failed

	// In characters:
	errorText  = 160
	mostPrompt = 4000  // as PostHog has it
	reportText = 9_000 // with those that JSON escapes it fits into a result
)

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

func showDeliveries(o *view.Object, answer gjson.Result, r engine.Rendering) {
	items, partly, wayOut := answer.Get("results"), false, ""
	rows := view.Each(func(o *view.Object, row gjson.Result) {
		partly = partly || row.Get("status").String() == "completed" && len(failures(row)) > 0
		wayOut = cmp.Or(wayOut, failedWayOut(row))
		showRun(o, row)
		if row.Get("ai_report_prompt").String() != "" {
			o.Raw("delivery", row.Get("id")) // of those that have a report to read
		}
	})
	rows.Most = r.Args.Number("limit", deliveriesShown)
	taken := rows.Take(items)
	none, ofStatus := taken.Shown == 0, r.Args.Given("status")
	o.Text("notice", view.Join(
		view.When(none && ofStatus, "No delivery has this status."),
		view.When(none && !ofStatus, "No delivery yet."),
		view.When(partly, "completed does not mean that everybody got it: see failed"),
		view.When(taken.Full, fmt.Sprintf("%d older ones of this page do not fit into the answer; narrow with status", int64(len(items.Array()))-taken.Shown)),
		wayOut,
	))
	o.Flag("more", taken.Left)
	if link, err := url.Parse(answer.Get("next").String()); err == nil && !taken.Left {
		o.Text("next_cursor", link.Query().Get("cursor"))
	}
	o.JSON("results", taken.JSON)
}

func showDelivery(o *view.Object, row gjson.Result, _ engine.Rendering) {
	report := view.Text(row.Get("ai_report").String())
	length := utf8.RuneCountInString(report)
	o.Text("notice", view.When(length == 0, "no AI report was sent with it"))
	o.Text("notice", view.When(length > reportText, fmt.Sprintf("the report is cut: these are the first %d of its %d characters", reportText, length)))
	showRun(o, row)
	o.Text("way_out", failedWayOut(row))
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

var (
	// outcomes are PostHog's words for what became of a message, and ours: its success
	// is no more than that it was sent.
	outcomes = map[string]string{"success": "sent", "partial": "partly sent", "failed": "failed"}
	// triggers are PostHog's words for why a delivery was made, and ours.
	triggers = map[string]string{"manual": "test delivery", "target_change": "created or edited"}
)

// showRun is one delivery, without its report.
func showRun(o *view.Object, row gjson.Result) {
	trigger, created := row.Get("trigger_type").String(), view.Instant(row.Get("created_at"))
	o.Text("created_at", created)
	o.Text("trigger", cmp.Or(triggers[trigger], view.Cut(trigger, view.ShortText)))
	o.Text("status", view.Cut(row.Get("status").String(), view.ShortText))
	for _, name := range []string{"scheduled_at", "finished_at"} {
		if at := view.Instant(row.Get(name)); at != created {
			o.Text(name, at)
		}
	}
	showRecipients(o, view.Items(row.Get("recipient_results")))
	trouble, said := errorWords(row.Get("error")), false
	rows := view.Each(func(o *view.Object, result gjson.Result) {
		own, words := errorWords(result.Get("error")), result.Get("human_readable_error").String()
		said = said || own == trouble || words == trouble
		o.Text("recipient", recipientName(result))
		if status := result.Get("status").String(); status != "failed" {
			o.Text("status", view.Cut(status, view.ShortText))
		}
		o.Text("error", cmp.Or(view.Cut(words, errorText), own))
	})
	rows.Filter, rows.Most = isFailed, recipientsShown
	if taken := rows.Take(row.Get("recipient_results")); taken.Shown > 0 {
		o.JSON("failed", taken.JSON)
	}
	if more := len(failures(row)) - recipientsShown; more > 0 {
		o.Number("more_failed", int64(more))
	}
	if !said {
		o.Text("error", trouble)
	}
}

// showRecipients counts them by outcome, and names those whose message was sent.
func showRecipients(o *view.Object, results []gjson.Result) {
	counts, sent := map[string]int{}, []string(nil)
	for _, result := range results {
		counts[cmp.Or(outcomes[result.Get("status").String()], "other")]++
		if !isFailed(result) {
			sent = append(sent, recipientName(result))
		}
	}
	var words []string
	for _, word := range []string{"sent", "partly sent", "failed", "other"} {
		if n := counts[word]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, word))
		}
	}
	o.Text("recipients", strings.Join(words, ", "))
	o.Text("sent", view.Few(sent, recipientsShown))
}

func isFailed(result gjson.Result) bool { return result.Get("status").String() != "success" }

func failures(row gjson.Result) []gjson.Result {
	all := view.Items(row.Get("recipient_results"))
	return slices.DeleteFunc(all, func(result gjson.Result) bool { return !isFailed(result) })
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

// failedWayOut is for the first of the failures that has one; empty for none.
func failedWayOut(row gjson.Result) (words string) {
	for _, result := range failures(row) {
		words = cmp.Or(words, waysOut[result.Get("error.type").String()])
	}
	return words
}

// errorWords is an error's message, else its type, else itself.
func errorWords(e gjson.Result) string {
	return view.Cut(cmp.Or(e.Get("message").String(), e.Get("type").String(), view.When(!e.IsObject(), e.String())), errorText)
}

// recipientName leaves of a webhook's address the host: who has the rest can
// post there.
func recipientName(result gjson.Result) string {
	recipient := result.Get("recipient").String()
	link, err := url.Parse(recipient)
	if err == nil && strings.HasPrefix(link.Scheme, "http") {
		return link.Scheme + "://" + link.Hostname() + "/…"
	}
	return view.Cut(recipient, view.LongName)
}
