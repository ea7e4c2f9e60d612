package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"posthog-mcp/internal/sandbox/drf"
)

// A draft is a subscription before it is stored: the new row, the old row if there is one, and the fields of the body.
type draft struct {
	*call
	new   row
	old   row
	given row
	moved bool
}

func (d *draft) creating() bool          { return d.old == nil }
func (d *draft) makesPrompt() bool       { return d.creating() && d.has("prompt") }
func (d *draft) ended() bool             { return d.new["next_delivery_date"] == nil }
func (d *draft) reenabled() bool         { return !d.creating() && !d.old.is("enabled") && d.new.is("enabled") }
func (d *draft) goesTo(kind string) bool { return d.new.text("target_type") == kind }
func (d *draft) left(kind string) bool   { return d.old.text("target_type") == kind && !d.goesTo(kind) }
func (d *draft) selects() bool           { return d.has("dashboard") && d.named(exportInsights) }
func (d *draft) free() bool              { return d.today() && !d.premium() }

// named reports whether the body has one of the fields. It is true for a new row.
func (d *draft) named(fields ...string) bool {
	return d.creating() || slices.ContainsFunc(fields, d.given.has)
}

// has reports whether one of the contents is set.
func (d *draft) has(contents ...string) bool {
	return slices.ContainsFunc(contents, func(name string) bool { return d.new[name] != nil && d.new[name] != "" })
}

// is reports whether the subscription delivers this kind of content, which never changes.
func (d *draft) is(kind string) bool { return cmp.Or(resourceType(d.old), resourceType(d.new)) == kind }

// slack reports whether Slack and its integration are checked: on newer servers on every change, even on deleting.
func (d *draft) slack() bool {
	return d.goesTo("slack") && (d.today() || d.named("target_type", "integration_id"))
}

func (d *draft) own(table string, id any) row { return d.find(table, d.project.number("id"), id) }

func (d *draft) integration() row { return d.own("integrations", d.new["integration_id"]) }

func (d *draft) foreign(content string) bool {
	return d.has(content) && d.own(content+"s", d.new[content]) == nil
}

func (d *draft) gains() bool { return d.creating() || d.old.is("deleted") && !d.new.is("deleted") }

func (d *draft) live() int {
	return len(d.rows("subscriptions", func(s row) bool { return !s.is("deleted") }))
}

// limit returns the plan's limit of subscriptions, which PostHog has in place of the payment gate; 0 for none.
func (d *draft) limit() int {
	if d.free() {
		return freeLimit
	}
	return d.switches.SubscriptionLimit
}

func (d *draft) full() bool { return d.gains() && d.limit() > 0 && d.live() >= d.limit() }

func (d *draft) cap() int {
	return cmp.Or(d.switches.InsightCap, map[Generation]int{Page: 6, Today: 10}[d.switches.Generation])
}

// hides reports whether the body names the object, and the caller may not view it.
func (d *draft) hides(name string) bool {
	return d.switches.Unviewable != 0 && d.given.has(name) && d.new[name] == d.switches.Unviewable
}

func (d *draft) option(name string) any { return as[row](d.given, "delivery_config")[name] }

// selected returns how many of the selected insights are odd.
func (d *draft) selected(odd func(id int64) bool) (n int) {
	for _, id := range d.new.ids(exportInsights) {
		if d.selects() && odd(id) {
			n++
		}
	}
	return n
}

func (d *draft) strangers() int {
	board := d.find("dashboards", 0, d.new["dashboard"])
	return d.selected(func(id int64) bool { return !holds(board, id) })
}

func (d *draft) missing() bool {
	return d.selected(func(id int64) bool { return d.own("insights", id) == nil }) > 0
}

// summarizes reports whether the write turns an AI summary on.
func (d *draft) summarizes() bool {
	return d.new.is("summary_enabled") && !d.new.is("deleted") && !(d.old.is("summary_enabled") && !d.old.is("deleted"))
}

const (
	freeLimit     = 5
	teamCap       = 200
	longestPrompt = 4000
	mostContexts  = 3
	scheduleEnded = "Subscription schedule has reached its end date. Extend until_date or remove count"
	grantAccess   = " is required. Ask an admin to grant you access."
	galleryOption = "post_all_insights_in_main_message"
)

// A refusal is one of PostHog's rules: a draft that breaks it gets an error about attr, by default a 400. only is the
// generation that has the rule; empty for both. A word in capitals stands for one of the draft's numbers or names.
type refusal struct {
	only           Generation
	status         int
	attr, sentence string
	breaks         func(*draft) bool
}

// refusals are in PostHog's order: the first broken rule is reported.
var refusals = []refusal{
	{"", 0, "subscription", "Your team has reached the limit of LIMIT subscriptions on your plan.", func(d *draft) bool { return d.full() && !d.free() }},
	{"", 0, "subscription", "Your plan is limited to LIMIT subscriptions.", (*draft).full},
	{"", 0, "dashboard", "This dashboard does not belong to your team.", func(d *draft) bool { return d.foreign("dashboard") }},
	{"", 0, "insight", "This insight does not belong to your team.", func(d *draft) bool { return d.foreign("insight") }},
	{Today, 0, "dashboard", "Viewer access to this dashboard" + grantAccess, func(d *draft) bool { return d.hides("dashboard") }},
	{Today, 0, "insight", "Viewer access to this insight" + grantAccess, func(d *draft) bool { return d.hides("insight") }},
	{Page, 0, "insight", "Insight is required for insight subscriptions.", func(d *draft) bool {
		return !d.switches.EitherResource && d.named("dashboard", "insight") && !d.has("dashboard", "insight")
	}},
	{Page, 0, "", "Dashboard subscriptions cannot also set insight or prompt.", func(d *draft) bool {
		return !d.switches.EitherResource && d.named("dashboard", "insight") && d.has("dashboard") && d.has("insight")
	}},
	{Today, 0, "insight", "Insight subscriptions cannot also set dashboard or prompt.", func(d *draft) bool { return d.is("insight") && d.has("dashboard", "prompt") }},
	{Today, 0, "dashboard", "Dashboard subscriptions cannot also set insight or prompt.", func(d *draft) bool { return d.is("dashboard") && d.has("insight", "prompt") }},
	{Today, 0, "prompt", "AI subscriptions cannot also set insight or dashboard.", func(d *draft) bool { return d.is("ai_prompt") && d.has("insight", "dashboard") }},
	{Today, 0, "prompt", "Prompt is required for AI subscriptions.", func(d *draft) bool { return d.is("ai_prompt") && !d.has("prompt") }},
	{Today, 0, "", "A subscription must have an insight, a dashboard, or a prompt.", func(d *draft) bool { return !d.has("insight", "dashboard", "prompt") }},
	{Today, 0, "prompt", "Prompt cannot exceed 4000 characters.", func(d *draft) bool { return utf8.RuneCountInString(d.new.text("prompt")) > longestPrompt }},
	{Today, 0, "", "AI subscriptions are only available in PostHog Cloud.", func(d *draft) bool { return d.makesPrompt() && d.switches.SelfHosted }},
	{Today, 0, "", "Your organization must approve AI data processing before creating AI subscriptions.", func(d *draft) bool { return d.makesPrompt() && !d.switches.AIConsent }},
	{Today, 0, "", "AI subscriptions are not enabled for your account.", func(d *draft) bool { return d.makesPrompt() && !d.switches.AIPrompts }},
	{"", 0, exportInsights, "Cannot set insights selection without a dashboard.", func(d *draft) bool {
		return !d.has("dashboard") && d.given.has(exportInsights) && len(d.new.ids(exportInsights)) > 0
	}},
	{"", 0, exportInsights, "Select at least one insight for this subscription.", func(d *draft) bool { return d.selects() && len(d.new.ids(exportInsights)) == 0 }},
	{"", 0, exportInsights, "Cannot select more than CAP insights.", func(d *draft) bool { return d.selects() && len(d.new.ids(exportInsights)) > d.cap() }},
	{Page, 0, exportInsights, "Some insights do not belong to your team or do no longer exist.", (*draft).missing},
	{Today, 0, exportInsights, "Some insights are not in your team, or no longer exist.", (*draft).missing},
	{"", 0, exportInsights, "STRANGERS invalid insight(s) selected.", func(d *draft) bool { return d.strangers() > 0 }},
	{Today, 0, exportInsights, "Viewer access to this insight" + grantAccess, func(d *draft) bool { return d.selected(func(id int64) bool { return id == d.switches.Unviewable }) > 0 }},
	{Today, 0, "", "Can't save this subscription: you don't have access to TABLE.", func(d *draft) bool {
		return d.switches.HiddenTable != "" && d.named("insight", "dashboard", exportInsights)
	}},
	{"", 500, "", "", func(d *draft) bool { _, _, err := d.rule(d.new).Next(d.now); return d.moved && err != nil }},
	{"", 0, "start_date", scheduleEnded + ".", func(d *draft) bool { return d.creating() && d.ended() }},
	{"", 0, "", scheduleEnded + ".", func(d *draft) bool { return d.moved && d.ended() && d.old.is("enabled") && d.new.is("enabled") }},
	{"", 0, "enabled", "Cannot re-enable Slack subscription: no integration configured. Reconnect Slack first.", func(d *draft) bool { return d.reenabled() && d.goesTo("slack") && d.new["integration_id"] == nil }},
	{"", 0, "enabled", "Cannot re-enable webhook subscription: this delivery channel is not currently supported.", func(d *draft) bool { return d.reenabled() && d.goesTo("webhook") }},
	{"", 0, "enabled", scheduleEnded + " before re-enabling.", func(d *draft) bool { return d.reenabled() && d.ended() }},
	{"", 0, "integration_id", "A Slack integration is required for Slack subscriptions.", func(d *draft) bool { return d.slack() && d.new["integration_id"] == nil }},
	{"", 0, "integration_id", "This integration does not exist or does not belong to your team.", func(d *draft) bool { return d.slack() && d.integration() == nil }},
	{"", 0, "integration_id", "Slack subscriptions require a Slack integration.", func(d *draft) bool { return d.slack() && d.integration().text("kind") != "slack" }},
	{Page, 0, "target_value", "Invalid webhook URL: WEBHOOK", func(d *draft) bool {
		return d.goesTo("webhook") && d.named("target_type", "target_value") && refusedURL(d.new.text("target_value")) != ""
	}},
	{Today, 0, "target_value", "The saved webhook URL is hidden, so it cannot be sent back. Leave the field alone to keep it, or paste the full URL to replace it.", func(d *draft) bool {
		return d.old.text("target_type") == "teams" && d.given["target_value"] == target(d.old)
	}},
	{Today, 0, "target_value", "This does not look like a Microsoft Teams webhook URL. Create one with the Workflows app in the channel you want reports in, then paste the URL it gives you. " +
		"Microsoft's setup guide: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook", func(d *draft) bool {
		return d.goesTo("teams") && d.named("target_type", "target_value") && !teamsForms().MatchString(d.new.text("target_value"))
	}},
	// The words of these six are ours: of PostHog's, only the status is known.
	{Today, 0, "target_value", "Give a new target_value with the new target_type.", func(d *draft) bool { return d.left("teams") && !d.given.has("target_value") }},
	{Today, 0, "delivery_config", "Only insights and dashboards in Slack can be posted in the main message.", func(d *draft) bool {
		return d.option(galleryOption) == true && (!d.goesTo("slack") || d.is("ai_prompt"))
	}},
	{Today, 0, "delivery_config", "Reconnect Slack with the files:write permission first.", func(d *draft) bool { return d.option(galleryOption) == true && !d.switches.FilesWrite }},
	{Today, 0, "delivery_config", "Only AI subscriptions have options of their parts.", func(d *draft) bool {
		return !d.is("ai_prompt") && slices.ContainsFunc(rules().Choices["report_parts"], func(name string) bool { return d.option(name) != nil })
	}},
	{Today, 0, "ai_prompt_config", "Only AI subscriptions have a prompt configuration.", func(d *draft) bool { return d.given.has("ai_prompt_config") && !d.is("ai_prompt") }},
	{Today, 0, "contexts", "Only AI subscriptions have contexts.", func(d *draft) bool { return d.given.has("contexts") && !d.is("ai_prompt") }},

	{Page, 403, "", "Setting AI summary context is not enabled for this organization.", func(d *draft) bool { return d.given.text("summary_prompt_guide") != "" && !d.switches.PromptGuide }},
	{"", 403, "", "AI data processing must be approved by your organization before enabling AI summaries", func(d *draft) bool { return d.given.is("summary_enabled") && !d.switches.AIConsent }},
	{Today, 402, "", "Your organization reached its AI credit usage limit. Increase the limits in Billing settings, or ask an org admin to do so.", func(d *draft) bool {
		return d.summarizes() && d.switches.AICreditsSpent
	}},
	{"", 402, "", "Your plan allows up to SUMMARIES active AI summaries. Disable an existing summary or upgrade your plan to add more.", func(d *draft) bool {
		return d.summarizes() && d.summaries(d.project.text("organization")) >= d.summaryLimit(d.project.text("organization"))
	}},
	// The database checks this key. Nothing else checks the integration of an email.
	{"", 500, "", "", func(d *draft) bool {
		id := d.new["integration_id"]
		return id != nil && d.find("integrations", 0, id) == nil
	}},
}

// check runs PostHog's rules, and then newer servers' cap and the sandbox's own limit.
func (d *draft) check() {
	for _, r := range refusals {
		if r.only != "" && r.only != d.switches.Generation || !r.breaks(d) {
			continue
		}
		text := strings.NewReplacer("LIMIT", fmt.Sprint(d.limit()), "CAP", fmt.Sprint(d.cap()), "STRANGERS", fmt.Sprint(d.strangers()), "TABLE", d.switches.HiddenTable,
			"WEBHOOK", refusedURL(d.new.text("target_value")), "SUMMARIES", fmt.Sprint(d.summaryLimit(d.project.text("organization")))).Replace(r.sentence)
		switch r.status {
		case http.StatusPaymentRequired:
			fail(drf.New(r.status, "quota_limit_exceeded", text))
		case http.StatusForbidden:
			fail(drf.Denied(text))
		case http.StatusInternalServerError:
			fail(drf.Crashed())
		}
		fail(drf.Invalid(r.attr, text))
	}
	live, kept := d.live(), len(d.tables["subscriptions"])
	refuse(d.gains() && d.switches.TeamCap && live >= teamCap, limitExceeded(teamCap, live))
	refuse(d.creating() && kept >= maxSubscriptions, limitExceeded(maxSubscriptions, kept))
}

func limitExceeded(limit, current int) *drf.Error {
	e := drf.New(http.StatusPaymentRequired, "limit_exceeded", "Resource limit exceeded.")
	e.Type, e.Extra = e.Code, row{"limit_key": "analytics.max_subscriptions_per_team", "limit": limit, "current": current, "request": nil}
	return e
}

// refusedURL says why PostHog refuses a webhook URL; empty if it does not. The sandbox asks no name server: names
// below .invalid and names without a dot do not resolve, and names below .nip.io resolve to the address in them.
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
	for _, rule := range rules().Hosts {
		name, form := strings.ToLower(u.Hostname()), regexp.MustCompile(rule[0])
		if found := form.FindStringSubmatchIndex(name); found != nil {
			return string(form.ExpandString(nil, rule[1], name, found))
		}
	}
	return ""
}

// teamsForms are the webhook URLs of Microsoft Teams that PostHog posts to.
var teamsForms = drf.Pattern(`^https://(?:[a-z0-9-]+\.)+(?:logic\.azure\.com(?::443)?/workflows/(?:[^?#]*/)?triggers/manual/paths/invoke` +
	`|webhook\.office\.com(?::443)?/webhookb2/(?:[^?#]*/)?IncomingWebhook/|(?:powerautomate|flow\.microsoft)\.com(?::443)?/+[^/?#]` +
	`|environment\.api\.powerplatform\.com(?::443)?/powerautomate/automations/direct/(?:[^?#]*/)?workflows/)`)
