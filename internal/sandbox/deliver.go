package sandbox

import (
	"net/url"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// A Message is one thing that PostHog would have sent.
type Message struct {
	// Kind is email or slack. Webhooks are never sent: PostHog has no
	// delivery for them and switches such a subscription off.
	Kind string `json:"kind"`
	// To is the address as PostHog reads it from the target, untrimmed; for
	// Slack what stands before the first pipe.
	To      string `json:"to"`
	Subject string `json:"subject"`
	// Text is the invite message, on a first delivery to somebody.
	Text string `json:"text"`
	// Subscription is 0 for mails that are about a user.
	Subscription int64 `json:"subscription"`
	// Trigger is scheduled, manual (a test delivery), target_change (created
	// or edited) or account.
	Trigger string    `json:"trigger"`
	At      time.Time `json:"at"`
	// Occasion tells two kinds of target_change apart; a page's reader has no
	// need of it.
	Occasion Occasion `json:"-"`
}

// An Occasion is why somebody gets a [Message]; mails about a user have none.
type Occasion string

// The occasions.
const (
	// First is the delivery at once to everybody of a new subscription.
	First Occasion = "first"
	// Invitation is the delivery at once to somebody who was added later.
	Invitation Occasion = "invitation"
	// Test is one that a call asked for, to everybody.
	Test Occasion = "test"
	// Scheduled is one that fell due.
	Scheduled Occasion = "scheduled"
)

// trigger is the occasion's name in the history.
func (o Occasion) trigger() string {
	switch o {
	case Test:
		return "manual"
	case First, Invitation:
		return "target_change"
	}
	return string(o)
}

// What one message keeps at most.
const (
	maxRecipients  = 100
	maxAddress     = 320
	maxMessageText = 4 << 10
)

// A delivery is one row of a subscription's history, in the API's order.
type delivery struct {
	ID             string            `json:"id"`
	Subscription   int64             `json:"subscription"`
	WorkflowID     string            `json:"temporal_workflow_id"`
	IdempotencyKey string            `json:"idempotency_key"`
	Trigger        string            `json:"trigger_type"`
	ScheduledAt    *drf.Time         `json:"scheduled_at"`
	TargetType     string            `json:"target_type"`
	TargetValue    string            `json:"target_value"`
	AssetIDs       []int64           `json:"exported_asset_ids"`
	Snapshot       snapshot          `json:"content_snapshot"`
	Results        []recipientResult `json:"recipient_results"`
	Status         string            `json:"status"`
	Error          *deliveryError    `json:"error"`
	CreatedAt      drf.Time          `json:"created_at"`
	UpdatedAt      drf.Time          `json:"last_updated_at"`
	FinishedAt     *drf.Time         `json:"finished_at"`
}

type recipientResult struct {
	Recipient string         `json:"recipient"`
	Status    string         `json:"status"`
	Error     *deliveryError `json:"error,omitempty"`
}

type deliveryError struct {
	Message string `json:"message"`
	Type    string `json:"type"`
}

// deliver sends to the recipients and writes the history. PostHog does so in
// a worker; here it has happened when the call returns.
func (w *world) deliver(s *subscription, to []string, why Occasion, at time.Time) {
	if len(to) == 0 {
		return
	}
	w.runs++
	d := &delivery{
		ID: uuid(0xde, w.runs), Subscription: s.id, Trigger: why.trigger(), TargetType: s.targetType,
		TargetValue: cut(s.targetValue, maxMessageText), AssetIDs: []int64{}, Status: "completed",
		CreatedAt: drf.Time{Time: at}, UpdatedAt: drf.Time{Time: at}, FinishedAt: &drf.Time{Time: at},
	}
	d.WorkflowID = workflow(s.id, why)
	d.IdempotencyKey = d.ID
	if why == Scheduled {
		d.ScheduledAt = &drf.Time{Time: at}
	}
	for _, recipient := range to[:min(len(to), maxRecipients)] {
		d.Results = append(d.Results, w.send(s, recipient, why, at))
	}
	d.settle()
	if s.targetType == "webhook" {
		s.enabled = false
	}
	w.deliveries = appendBounded(w.deliveries, d, maxDeliveries)
}

// settle sets the status: one recipient who was reached makes it completed.
func (d *delivery) settle() {
	for _, r := range d.Results {
		if r.Status == "success" {
			return
		}
	}
	d.Status, d.Error = "failed", d.Results[0].Error
}

// send is one recipient's outcome.
func (w *world) send(s *subscription, recipient string, why Occasion, at time.Time) recipientResult {
	recipient = cut(recipient, maxAddress)
	if err := w.undeliverable(s, recipient); err != nil {
		return recipientResult{Recipient: shown(s.targetType, recipient), Status: "failed", Error: err}
	}
	m := Message{
		Kind: s.targetType, To: recipient, Subject: "PostHog report - " + w.headline(s),
		Subscription: s.id, Trigger: why.trigger(), Occasion: why, At: at,
	}
	if s.targetType == "slack" {
		m.To = channelOf(recipient)
	}
	if why.trigger() == "target_change" && s.inviteMessage != nil {
		m.Text = cut(*s.inviteMessage, maxMessageText)
	}
	w.post(m)
	return recipientResult{Recipient: recipient, Status: "success"}
}

// post puts a message into the outbox.
func (w *world) post(m Message) {
	w.outbox = appendBounded(w.outbox, m, maxOutbox)
	w.fresh = appendBounded(w.fresh, m, maxFresh)
}

// takeFresh are the messages since it was last asked.
func (w *world) takeFresh() []Message {
	fresh := w.fresh
	w.fresh = nil
	return fresh
}

func (w *world) headline(s *subscription) string {
	if s.title != nil && *s.title != "" {
		return *s.title
	}
	if name := w.resourceName(s); name != nil {
		return *name
	}
	return "Subscription"
}

// undeliverable says why nothing reaches the recipient; nil when it does.
func (w *world) undeliverable(s *subscription, recipient string) *deliveryError {
	switch s.targetType {
	case "webhook":
		return &deliveryError{"Webhook delivery is not supported", "unsupported_target"}
	case "slack":
		return w.slackTrouble(s, channelOf(recipient))
	}
	if !strings.Contains(recipient, "@") {
		return &deliveryError{"Recipient address rejected", "smtp_error"}
	}
	return nil
}

func (w *world) slackTrouble(s *subscription, id string) *deliveryError {
	if s.integration == nil {
		return &deliveryError{"No Slack integration configured", "missing_integration"}
	}
	integration := w.findIntegration(s.project, *s.integration)
	switch {
	case integration == nil:
		return &deliveryError{"No Slack integration configured", "missing_integration"}
	case integration.Errors != "":
		return slackError("invalid_auth")
	case strings.HasPrefix(id, "U"), strings.HasPrefix(id, "@"):
		return slackError("messages_tab_disabled")
	}
	channel := integration.channel(id)
	switch {
	case channel == nil:
		return slackError("channel_not_found")
	case !channel.IsMember:
		return slackError("not_in_channel")
	}
	return nil
}

func slackError(code string) *deliveryError {
	return &deliveryError{"The request to the Slack API failed: " + code, code}
}

// channelOf is the part of a Slack target that PostHog posts to.
func channelOf(target string) string {
	id, _, _ := strings.Cut(target, "|")
	return id
}

// shown keeps a webhook's secret path out of the history.
func shown(targetType, recipient string) string {
	if targetType != "webhook" {
		return recipient
	}
	if u, err := url.Parse(recipient); err == nil {
		return u.Host
	}
	return ""
}
