package sandbox

import (
	"fmt"
	"net/http"

	"posthog-mcp/internal/sandbox/drf"
)

// The sentences about an ended schedule share their beginning.
const (
	scheduleEnded  = "Subscription schedule has reached its end date. Extend until_date or remove count"
	fewestInsights = "Select at least one insight for this subscription."
	mostInsights   = 6
)

// A draft is a subscription on its way to be stored: the row as it would be,
// the row as it is, and what the body named. Created ones have no old row.
type draft struct {
	*call
	new   row
	old   row
	given drf.Values
	moved bool
}

func (d *draft) creating() bool { return d.old == nil }

// check runs PostHog's rules in the order that decides which error is reported.
func (d *draft) check() *drf.Error {
	for _, rule := range []func(*draft) *drf.Error{
		(*draft).checkTeam, (*draft).checkContent, (*draft).checkExportInsights, (*draft).checkPosition,
		(*draft).checkSchedule, (*draft).checkReenabled, (*draft).checkSlack, (*draft).checkWebhook, (*draft).checkPromptGuide,
		(*draft).checkConsent, (*draft).checkSummaryCap, (*draft).checkLimits,
	} {
		if err := rule(d); err != nil {
			return err
		}
	}
	return nil
}

func (d *draft) checkTeam() *drf.Error {
	for _, attr := range []string{"dashboard", "insight"} {
		if id := d.new[attr]; id != nil && d.find(attr+"s", d.project.number("id"), id) == nil {
			return drf.Invalid(attr, "This "+attr+" does not belong to your team.")
		}
	}
	return nil
}

func (d *draft) checkContent() *drf.Error {
	if d.switches.EitherResource || !d.creating() && !d.given.Has("dashboard") && !d.given.Has("insight") {
		return nil
	}
	switch {
	case d.new["dashboard"] == nil && d.new["insight"] == nil:
		return drf.Invalid("insight", "Insight is required for insight subscriptions.")
	case d.new["dashboard"] != nil && d.new["insight"] != nil:
		return drf.Invalid("", "Dashboard subscriptions cannot also set insight or prompt.")
	}
	return nil
}

func (d *draft) checkExportInsights() *drf.Error {
	const attr = "dashboard_export_insights"
	ids := d.new.ids(attr)
	if d.new["dashboard"] == nil {
		if len(ids) > 0 && d.given.Has(attr) {
			return drf.Invalid(attr, "Cannot set insights selection without a dashboard.")
		}
		return nil
	}
	if !d.creating() && !d.given.Has(attr) {
		return nil
	}
	if len(ids) == 0 {
		return drf.Invalid(attr, fewestInsights)
	}
	if len(ids) > mostInsights {
		return drf.Invalid(attr, fmt.Sprintf("Cannot select more than %d insights.", mostInsights))
	}
	strangers := 0
	for _, id := range ids {
		if d.find("insights", d.project.number("id"), id) == nil {
			return drf.Invalid(attr, "Some insights do not belong to your team or do no longer exist.")
		}
		if t := tileOf(d.find("dashboards", 0, d.new["dashboard"]), id); t == nil || t.is("deleted") {
			strangers++
		}
	}
	if strangers > 0 {
		return drf.Invalid(attr, fmt.Sprintf("%d invalid insight(s) selected.", strangers))
	}
	return nil
}

// checkPosition refuses in dateutil's words what makes it raise: PostHog has
// no rule for positions, and crashes. Without weekdays a position is not used.
func (d *draft) checkPosition() *drf.Error {
	if !d.moved {
		return nil
	}
	if _, _, err := rule(d.new).Next(d.now); err != nil {
		return drf.Invalid("bysetpos", err.Error())
	}
	return nil
}

func (d *draft) checkSchedule() *drf.Error {
	if !d.moved || d.new["next_delivery_date"] != nil {
		return nil
	}
	switch {
	case d.creating():
		return drf.Invalid("start_date", scheduleEnded+".")
	case d.old.is("enabled") && d.new.is("enabled"):
		return drf.Invalid("", scheduleEnded+".")
	}
	return nil
}

func (d *draft) checkReenabled() *drf.Error {
	if d.creating() || d.old.is("enabled") || !d.new.is("enabled") {
		return nil
	}
	switch {
	case d.new.text("target_type") == "slack" && d.new["integration_id"] == nil:
		return drf.Invalid("enabled", "Cannot re-enable Slack subscription: no integration configured. Reconnect Slack first.")
	case d.new.text("target_type") == "webhook":
		return drf.Invalid("enabled", "Cannot re-enable webhook subscription: this delivery channel is not currently supported.")
	case d.new["next_delivery_date"] == nil:
		return drf.Invalid("enabled", scheduleEnded+" before re-enabling.")
	}
	return nil
}

func (d *draft) checkSlack() *drf.Error {
	const attr = "integration_id"
	if d.new.text("target_type") != "slack" || !d.given.Has("target_type") && !d.given.Has(attr) {
		return nil
	}
	if d.new["integration_id"] == nil {
		return drf.Invalid(attr, "A Slack integration is required for Slack subscriptions.")
	}
	integration := d.find("integrations", d.project.number("id"), d.new[attr])
	switch {
	case integration == nil:
		return drf.Invalid(attr, "This integration does not exist or does not belong to your team.")
	case integration.text("kind") != "slack":
		return drf.Invalid(attr, "Slack subscriptions require a Slack integration.")
	}
	return nil
}

func (d *draft) checkWebhook() *drf.Error {
	if d.new.text("target_type") != "webhook" || !d.given.Has("target_type") && !d.given.Has("target_value") {
		return nil
	}
	if reason := refusedURL(d.new.text("target_value")); reason != "" {
		return drf.Invalid("target_value", "Invalid webhook URL: "+reason)
	}
	return nil
}

func (d *draft) checkPromptGuide() *drf.Error {
	if guide, _ := d.given["summary_prompt_guide"].(string); guide != "" && !d.switches.PromptGuide {
		return drf.Denied("Setting AI summary context is not enabled for this organization.")
	}
	return nil
}

func (d *draft) checkConsent() *drf.Error {
	if on, _ := d.given["summary_enabled"].(bool); on && !d.switches.AIConsent {
		return drf.Denied("AI data processing must be approved by your organization before enabling AI summaries")
	}
	return nil
}

func (d *draft) checkSummaryCap() *drf.Error {
	wasActive := !d.creating() && d.old.is("summary_enabled") && !d.old.is("deleted")
	if wasActive || !d.new.is("summary_enabled") || d.new.is("deleted") {
		return nil
	}
	org := d.project.text("organization")
	if limit := d.summaryLimit(org); d.summaries(org) >= limit {
		return drf.Failed(http.StatusPaymentRequired, "quota_limit_exceeded", fmt.Sprintf(
			"Your plan allows up to %d active AI summaries. Disable an existing summary or upgrade your plan to add more.", limit))
	}
	return nil
}

// checkLimits holds the plan's limit of newer servers, and the double's own
// on what it keeps, which it tells as PostHog tells a resource limit.
func (d *draft) checkLimits() *drf.Error {
	counts := d.creating() || d.old.is("deleted") && !d.new.is("deleted")
	limit := d.switches.SubscriptionLimit
	if counts && limit > 0 && d.live() >= limit {
		return drf.Invalid("subscription", fmt.Sprintf("Your team has reached the limit of %d subscriptions on your plan.", limit))
	}
	if counts && d.switches.TeamCap && d.live() >= teamCap {
		return limitExceeded(teamCap, d.live())
	}
	growth := size(d.new)
	if !d.creating() {
		growth -= size(d.old)
	}
	if d.creating() && len(d.tables["subscriptions"]) >= maxSubscriptions || growth > 0 && d.text+growth > maxText {
		return limitExceeded(maxSubscriptions, len(d.tables["subscriptions"]))
	}
	return nil
}

func (d *draft) live() int {
	return len(d.rows("subscriptions", func(s row) bool { return !s.is("deleted") }))
}

const teamCap = 200

func limitExceeded(limit, current int) *drf.Error {
	return &drf.Error{
		Status: http.StatusPaymentRequired, Type: "limit_exceeded", Code: "limit_exceeded", Detail: "Resource limit exceeded.",
		Extra: map[string]any{"limit_key": "analytics.max_subscriptions_per_team", "limit": limit, "current": current, "request": nil},
	}
}
