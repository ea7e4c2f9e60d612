package sandbox

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"posthog-mcp/internal/sandbox/drf"
)

// A draft is a subscription before it is stored: the new row, the old row, and the
// fields of the body. A created one has no old row.
type draft struct {
	*call
	new   row
	old   row
	given drf.Values
	moved bool
}

func (d *draft) creating() bool  { return d.old == nil }
func (d *draft) both() bool      { return d.new["dashboard"] != nil && d.new["insight"] != nil }
func (d *draft) ended() bool     { return d.new["next_delivery_date"] == nil }
func (d *draft) reenabled() bool { return !d.creating() && !d.old.is("enabled") && d.new.is("enabled") }

// named reports whether the body has one of the fields. It is true for a new row.
func (d *draft) named(fields ...string) bool {
	return d.creating() || slices.ContainsFunc(fields, d.given.Has)
}

func (d *draft) goesTo(kind string) bool { return d.new.text("target_type") == kind }

// slack reports whether Slack and its integration are checked. The newer generation
// checks them on every change, even on deleting.
func (d *draft) slack() bool {
	return d.goesTo("slack") && (d.switches.Generation >= Today || d.named("target_type", "integration_id"))
}

// own returns the row with the id in the call's project.
func (d *draft) own(table string, id any) row { return d.find(table, d.project.number("id"), id) }

const (
	mostInsights  = 6
	scheduleEnded = "Subscription schedule has reached its end date. Extend until_date or remove count"
)

// A refusal is one of PostHog's rules: a draft that breaks it gets a 400 about attr.
// Without a sentence PostHog crashes.
type refusal struct {
	attr, sentence string
	breaks         func(*draft) bool
}

// refusals are in PostHog's order: the first broken rule is reported. Rules that only
// newer or older servers have check the switches.
var refusals = []refusal{
	{"dashboard", "This dashboard does not belong to your team.", func(d *draft) bool {
		return d.new["dashboard"] != nil && d.own("dashboards", d.new["dashboard"]) == nil
	}},
	{"insight", "This insight does not belong to your team.", func(d *draft) bool { return d.new["insight"] != nil && d.own("insights", d.new["insight"]) == nil }},
	{"insight", "Insight is required for insight subscriptions.", func(d *draft) bool {
		return !d.switches.EitherResource && d.named("dashboard", "insight") && d.new["dashboard"] == nil && d.new["insight"] == nil
	}},
	{"insight", "Insight subscriptions cannot also set dashboard or prompt.", func(d *draft) bool {
		return d.switches.Generation >= Today && d.new["dashboard"] != nil && (d.both() || d.old["insight"] != nil)
	}},
	{"", "Dashboard subscriptions cannot also set insight or prompt.", func(d *draft) bool {
		return !d.switches.EitherResource && d.named("dashboard", "insight") && d.both()
	}},
	{exportInsights, "Cannot set insights selection without a dashboard.", func(d *draft) bool {
		return d.new["dashboard"] == nil && d.given.Has(exportInsights) && len(d.new.ids(exportInsights)) > 0
	}},
	{exportInsights, "Select at least one insight for this subscription.", func(d *draft) bool { return d.selects() && len(d.new.ids(exportInsights)) == 0 }},
	{exportInsights, fmt.Sprintf("Cannot select more than %d insights.", mostInsights), func(d *draft) bool {
		return d.selects() && len(d.new.ids(exportInsights)) > mostInsights
	}},
	{exportInsights, "Some insights do not belong to your team or do no longer exist.", func(d *draft) bool {
		return d.selects() && slices.ContainsFunc(d.new.ids(exportInsights), func(id int64) bool { return d.own("insights", id) == nil })
	}},
	{exportInsights, "COUNT invalid insight(s) selected.", func(d *draft) bool { return d.selects() && d.strangers() > 0 }},
	{"", "", func(d *draft) bool { _, _, err := rule(d.new).Next(d.now); return d.moved && err != nil }},
	{"start_date", scheduleEnded + ".", func(d *draft) bool { return d.creating() && d.ended() }},
	{"", scheduleEnded + ".", func(d *draft) bool { return d.moved && d.ended() && d.old.is("enabled") && d.new.is("enabled") }},
	{"enabled", "Cannot re-enable Slack subscription: no integration configured. Reconnect Slack first.", func(d *draft) bool {
		return d.reenabled() && d.goesTo("slack") && d.new["integration_id"] == nil
	}},
	{"enabled", "Cannot re-enable webhook subscription: this delivery channel is not currently supported.", func(d *draft) bool {
		return d.reenabled() && d.goesTo("webhook")
	}},
	{"enabled", scheduleEnded + " before re-enabling.", func(d *draft) bool { return d.reenabled() && d.ended() }},
	{"integration_id", "A Slack integration is required for Slack subscriptions.", func(d *draft) bool { return d.slack() && d.new["integration_id"] == nil }},
	{"integration_id", "This integration does not exist or does not belong to your team.", func(d *draft) bool {
		return d.slack() && d.own("integrations", d.new["integration_id"]) == nil
	}},
	{"integration_id", "Slack subscriptions require a Slack integration.", func(d *draft) bool {
		return d.slack() && d.own("integrations", d.new["integration_id"]).text("kind") != "slack"
	}},
}

func (d *draft) selects() bool { return d.new["dashboard"] != nil && d.named(exportInsights) }

// strangers returns the number of insights that are not on the dashboard.
func (d *draft) strangers() (n int) {
	board := d.find("dashboards", 0, d.new["dashboard"])
	for _, id := range d.new.ids(exportInsights) {
		if t := tileOf(board, id); t == nil || t.is("deleted") {
			n++
		}
	}
	return n
}

// check runs PostHog's rules.
func (d *draft) check() *drf.Error {
	for _, r := range refusals {
		switch {
		case !r.breaks(d):
		case r.sentence == "":
			return drf.Crashed()
		default:
			return drf.Invalid(r.attr, strings.Replace(r.sentence, "COUNT", fmt.Sprint(d.strangers()), 1))
		}
	}
	return first(d.checkWebhook, d.checkSummary, d.checkLimits, d.checkKeys)
}

func (d *draft) checkWebhook() *drf.Error {
	if d.goesTo("webhook") && d.named("target_type", "target_value") {
		if reason := refusedURL(d.new.text("target_value")); reason != "" {
			return drf.Invalid("target_value", "Invalid webhook URL: "+reason)
		}
	}
	return nil
}

// checkKeys checks foreign keys as the database does. Nothing else checks the
// integration of an email subscription.
func (d *draft) checkKeys() *drf.Error {
	if id := d.new["integration_id"]; id != nil && d.find("integrations", 0, id) == nil {
		return drf.Crashed()
	}
	return nil
}

func (d *draft) checkSummary() *drf.Error {
	guide, _ := d.given["summary_prompt_guide"].(string)
	on, _ := d.given["summary_enabled"].(bool)
	active := d.new.is("summary_enabled") && !d.new.is("deleted")
	wasActive := d.old.is("summary_enabled") && !d.old.is("deleted")
	org := d.project.text("organization")
	switch limit := d.summaryLimit(org); {
	case guide != "" && !d.switches.PromptGuide:
		return drf.Denied("Setting AI summary context is not enabled for this organization.")
	case on && !d.switches.AIConsent:
		return drf.Denied("AI data processing must be approved by your organization before enabling AI summaries")
	case active && !wasActive && d.summaries(org) >= limit:
		return drf.Failed(http.StatusPaymentRequired, "quota_limit_exceeded", fmt.Sprintf(
			"Your plan allows up to %d active AI summaries. Disable an existing summary or upgrade your plan to add more.", limit))
	}
	return nil
}

const teamCap = 200

// checkLimits checks newer servers' limit by plan, and the sandbox's own limit, with
// the error of PostHog's resource limits.
func (d *draft) checkLimits() *drf.Error {
	counts := d.creating() || d.old.is("deleted") && !d.new.is("deleted")
	live := len(d.rows("subscriptions", func(s row) bool { return !s.is("deleted") }))
	limit, kept := d.switches.SubscriptionLimit, len(d.tables["subscriptions"])
	growth := size(d.new) - size(d.old)
	switch {
	case counts && limit > 0 && live >= limit:
		return drf.Invalid("subscription", fmt.Sprintf("Your team has reached the limit of %d subscriptions on your plan.", limit))
	case counts && d.switches.TeamCap && live >= teamCap:
		return limitExceeded(teamCap, live)
	case d.creating() && kept >= maxSubscriptions, growth > 0 && d.text+growth > maxText:
		return limitExceeded(maxSubscriptions, kept)
	}
	return nil
}

func limitExceeded(limit, current int) *drf.Error {
	return &drf.Error{
		Status: http.StatusPaymentRequired, Type: "limit_exceeded", Code: "limit_exceeded", Detail: "Resource limit exceeded.",
		Extra: map[string]any{"limit_key": "analytics.max_subscriptions_per_team", "limit": limit, "current": current, "request": nil},
	}
}

// refusedURL says why PostHog refuses a webhook URL; empty if it does not. The sandbox
// asks no name server: names below .invalid and names without a dot do not resolve,
// and names below .nip.io resolve to the address in them.
func refusedURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "Invalid URL"
	case u.Scheme != "http" && u.Scheme != "https":
		return "URL must start with http:// or https://"
	case strings.Contains(raw, `\`), strings.Contains(u.Host, "@"), u.User != nil:
		return "Invalid URL: ambiguous authority"
	}
	return refusedHost(strings.ToLower(u.Hostname()))
}

func refusedHost(host string) string {
	switch host {
	case "":
		return "Missing host"
	case "localhost", "127.0.0.1", "::1", "0.0.0.0":
		return "Local/Loopback host not allowed"
	case "169.254.169.254", "metadata.google.internal":
		return "Local/metadata host"
	}
	private := func(text string) bool {
		ip, err := netip.ParseAddr(text)
		ip = ip.Unmap()
		return err == nil && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast())
	}
	suffix := host[strings.LastIndexByte(host, '.')+1:]
	resolved, resolves := strings.CutSuffix(host, ".nip.io")
	switch {
	case suffix == "local", suffix == "internal":
		return "Internal domain pattern blocked: ." + suffix
	case private(host):
		return "Private IP address not allowed"
	case resolves && private(resolved):
		return "Disallowed target IP: " + resolved
	case suffix == "invalid", suffix == host && !strings.Contains(host, ":"):
		return "Could not resolve host"
	}
	return ""
}
