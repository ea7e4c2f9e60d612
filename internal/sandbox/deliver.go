package sandbox

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// A Message is one message that PostHog would have sent.
type Message struct {
	// Kind is email, slack or teams. PostHog has no delivery for webhooks, and switches such a subscription off.
	Kind string `json:"kind"`
	// To is the address in the target, untrimmed: for Slack the part before the first pipe, for Teams the host.
	To           string `json:"to"`
	Subject      string `json:"subject"`
	Text         string `json:"text"`         // the invite message, on a first delivery to somebody
	Subscription int64  `json:"subscription"` // 0 for mails that are about a user
	// Trigger is scheduled, manual (a test delivery), target_change (created or edited) or account.
	Trigger string    `json:"trigger"`
	At      time.Time `json:"at"`
}

// The reasons for a delivery.
const scheduled, manual, targetChange = "scheduled", "manual", "target_change"

// The limits of one message.
const maxRecipients, maxAddress, maxMessageText = 100, 320, 4 << 10

// deliver sends to the recipients and writes the history. PostHog does so later, in a worker.
func (w *world) deliver(s row, to []string, trigger string, at time.Time) {
	if len(to) == 0 {
		return
	}
	d := row{
		"subscription": s["id"], "trigger_type": trigger, "target_type": s["target_type"], "target_value": cut(target(s), maxMessageText),
		"created_at": at, "finished_at": at,
	}
	if trigger == scheduled {
		d["scheduled_at"] = at
	}
	if prompt := s.text("prompt"); prompt != "" {
		d = d.with(w.tables["reports"][0]).with(row{"ai_report_prompt": prompt})
	}
	var results []row
	for _, recipient := range to[:min(len(to), maxRecipients)] {
		results = append(results, w.send(s, cut(recipient, maxAddress), trigger, at))
	}
	d["recipient_results"] = results
	// A delivery that reached one recipient is completed.
	if !slices.ContainsFunc(results, func(r row) bool { return r["error"] == nil }) {
		d["status"], d["error"] = "failed", results[0]["error"]
	}
	if s.text("target_type") == "webhook" {
		w.put("subscriptions", s.with(row{"enabled": false}))
	}
	w.record(d)
}

// record adds a delivery to the history.
func (w *world) record(d row) {
	w.runs++
	d = d.with(row{"id": fmt.Sprintf("0190de00-0000-7000-8000-%012d", w.runs)})
	w.tables["deliveries"] = appendBounded(w.tables["deliveries"], complete("delivery", d), maxDeliveries)
}

func (w *world) send(s row, recipient, trigger string, at time.Time) row {
	to, kind := shown(s.text("target_type"), recipient), s.text("target_type")
	if code := w.trouble(s, recipient); code != "" {
		return row{"recipient": to, "status": "failed", "error": row{"message": rules().Troubles[code][0], "type": code}}
	}
	m := Message{
		Kind: kind, To: to, Subject: "PostHog report - " + cmp.Or(s.text("title"), w.resourceName(s), "Subscription"),
		Subscription: s.number("id"), Trigger: trigger, At: at,
	}
	if kind == "slack" {
		m.To = channelOf(to)
	}
	if trigger == targetChange {
		m.Text = cut(s.text("invite_message"), maxMessageText)
	}
	w.post(m)
	return row{"recipient": to, "status": "success"}
}

func (w *world) post(m Message) {
	w.outbox = appendBounded(w.outbox, m, maxOutbox)
	w.fresh = appendBounded(w.fresh, m, maxFresh)
}

// trouble returns the type of the error for which nothing reaches the recipient; empty if there is none.
func (w *world) trouble(s row, recipient string) string {
	integration, id := w.find("integrations", s.number("team_id"), s["integration_id"]), channelOf(recipient)
	channel := w.channel(integration, id)
	switch kind := s.text("target_type"); {
	case kind == "webhook":
		return "unsupported_target"
	case kind == "email" && !strings.Contains(recipient, "@"):
		return "smtp_error"
	case kind != "slack":
		return ""
	case integration == nil:
		return "missing_integration"
	case integration.text("errors") != "":
		return "invalid_auth"
	case strings.HasPrefix(id, "U"), strings.HasPrefix(id, "@"):
		return "messages_tab_disabled"
	case channel == nil:
		return "channel_not_found"
	case !channel.is("is_member"):
		return "not_in_channel"
	}
	return ""
}

// channelOf returns the part of a Slack target that PostHog posts to.
func channelOf(target string) string {
	id, _, _ := strings.Cut(target, "|")
	return id
}

// shown keeps a webhook's secret path out of the history.
func shown(targetType, recipient string) string {
	if targetType == "webhook" || targetType == "teams" {
		return host(recipient)
	}
	return recipient
}

func deliveryMembers() makers {
	return makers{
		"snapshot": func(w *world, d row) any { return w.snapshot(w.find("subscriptions", 0, d["subscription"])) },
		// By the workflow's id the scheduler refuses a second test delivery of a subscription at the same time.
		"workflow": func(_ *world, d row) any {
			kind := map[bool]string{true: "test-delivery-subscription-", false: "handle-subscription-value-change-"}[d["trigger_type"] == manual]
			return fmt.Sprint(kind, d["subscription"])
		},
		"recipient_results": func(w *world, d row) any {
			out := []object{}
			for _, r := range d.rows("recipient_results") {
				result, trouble := object{{"recipient", r["recipient"]}, {"status", r["status"]}}, as[row](r, "error")
				if trouble != nil {
					result = append(result, member{"error", trouble})
				}
				if trouble != nil && w.today() {
					// Newer servers have a text for people.
					result = append(result, member{"human_readable_error", rules().Troubles[trouble.text("type")][1]})
				}
				out = append(out, result)
			}
			return out
		},
	}
}

// snapshot returns the content of a delivery: the dashboard or insight, with each insight's results.
func (w *world) snapshot(s row) object {
	ids, board := s.ids(exportInsights), any(nil)
	if d := w.find("dashboards", 0, s["dashboard"]); d != nil {
		board = object{{"id", d["id"]}, {"name", d["name"]}}
	} else if s["insight"] != nil {
		ids = []int64{s.number("insight")}
	}
	insights := []object{}
	for _, id := range ids {
		i := w.find("insights", 0, id)
		short := i.text("short_id")
		insights = append(insights, object{{"id", id}, {"short_id", short}, {"name", title(i)}, {"query_hash", "q" + short},
			{"cache_key", "cache_" + short}, {"query_results", results(i)}})
	}
	return object{{"dashboard", board}, {"total_insight_count", len(ids)}, {"insights", insights}}
}

// listDeliveries lists the newest delivery first. An unknown subscription has an empty history.
func listDeliveries(c *call) any {
	state := c.query.Get("status")
	refuse(state != "" && !oneOf("delivery_states", state), drf.Invalid("status", "Must be one of: "+strings.Join(rules().Choices["delivery_states"], ", ")+"."))
	rows := where(c.past(), func(d row) bool { return state == "" || state == d.text("status") })
	// A cursor is opaque to clients; here it is the offset of the page.
	text, err := base64.StdEncoding.DecodeString(c.query.Get("cursor"))
	start, convErr := strconv.Atoi(strings.TrimPrefix(string(text), "p="))
	refuse(c.query.Has("cursor") && (err != nil || convErr != nil || start < 0), drf.Missing("Invalid cursor"))
	start = min(start, len(rows))
	end := min(start+50, len(rows))
	cursor := func(start int) string { return base64.StdEncoding.EncodeToString([]byte("p=" + strconv.Itoa(start))) }
	return object{
		{"next", c.link(end < len(rows), "cursor", cursor(end))}, {"previous", c.link(start > 0, "cursor", cursor(max(start-50, 0)))},
		{"results", c.showAll("delivery", rows[start:end])},
	}
}

func (c *call) delivery() row {
	past := c.past()
	i := slices.IndexFunc(past, func(d row) bool { return strings.EqualFold(d.text("id"), c.values["delivery"]) })
	refuse(i < 0, notFound())
	return past[i]
}

// past returns the deliveries of the subscription in the path.
func (c *call) past() []row {
	id, _ := strconv.ParseInt(c.values["id"], 10, 64)
	if c.find("subscriptions", c.project.number("id"), id) == nil {
		return nil
	}
	rows := where(c.tables["deliveries"], func(d row) bool { return d["subscription"] == id })
	slices.Reverse(rows)
	return rows
}
