package subscriptions

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/view"
)

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
	for _, result := range view.Items(row.Get("recipient_results")) {
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
