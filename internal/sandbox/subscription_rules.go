package sandbox

import (
	"cmp"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

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
	return d.goesTo("slack") && (d.today() || d.named("target_type", "integration_id"))
}

// own returns the row with the id in the call's project.
func (d *draft) own(table string, id any) row { return d.find(table, d.project.number("id"), id) }

// kind returns what the subscription delivers, which never changes.
func (d *draft) kind() string { return cmp.Or(resourceType(d.old), resourceType(d.new)) }

// has reports whether one of the contents is set.
func (d *draft) has(contents ...string) bool {
	return slices.ContainsFunc(contents, func(name string) bool { return d.new[name] != nil && d.new[name] != "" })
}

// gains reports whether the subscription takes one of the project's slots.
func (d *draft) gains() bool { return d.creating() || d.old.is("deleted") && !d.new.is("deleted") }

// live returns the number of the project's subscriptions.
func (d *draft) live() int {
	return len(d.rows("subscriptions", func(s row) bool { return !s.is("deleted") }))
}

// limit returns the plan's limit of subscriptions, and whether it is of the free plan;
// 0 for no limit. PostHog has it in place of the payment gate.
func (d *draft) limit() (limit int, free bool) {
	if d.today() && !d.premium() {
		return freeLimit, true
	}
	return d.switches.SubscriptionLimit, false
}

func (d *draft) full(free bool) bool {
	limit, isFree := d.limit()
	return d.gains() && limit > 0 && isFree == free && d.live() >= limit
}

// cap returns the most insights of a dashboard.
func (d *draft) cap() int {
	return cmp.Or(d.switches.InsightCap, map[Generation]int{Page: 6, Today: 10}[d.switches.Generation])
}

// hides reports whether the body names the object, and the caller may not view it.
func (d *draft) hides(name string) bool {
	return d.switches.Unviewable != 0 && d.given.Has(name) && d.new[name] == d.switches.Unviewable
}

// option returns an option of the body's delivery_config.
func (d *draft) option(name string) any {
	return as[row](row(d.given), "delivery_config")[name]
}

const (
	freeLimit     = 5
	longestPrompt = 4000
	mostContexts  = 3
	scheduleEnded = "Subscription schedule has reached its end date. Extend until_date or remove count"
	grantAccess   = " is required. Ask an admin to grant you access."
	galleryOption = "post_all_insights_in_main_message"
)

// A refusal is one of PostHog's rules: a draft that breaks it gets a 400 about attr.
// Without a sentence PostHog crashes. only is the generation that has the rule; empty
// for both. COUNT in the sentence is one of the draft's numbers.
type refusal struct {
	only           Generation
	attr, sentence string
	breaks         func(*draft) bool
}

// refusals are in PostHog's order: the first broken rule is reported.
var refusals = []refusal{
	{"", "subscription", "Your team has reached the limit of LIMIT subscriptions on your plan.", func(d *draft) bool { return d.full(false) }},
	{Today, "subscription", "Your plan is limited to LIMIT subscriptions.", func(d *draft) bool { return d.full(true) }},
	{"", "dashboard", "This dashboard does not belong to your team.", func(d *draft) bool { return d.has("dashboard") && d.own("dashboards", d.new["dashboard"]) == nil }},
	{"", "insight", "This insight does not belong to your team.", func(d *draft) bool { return d.has("insight") && d.own("insights", d.new["insight"]) == nil }},
	{Today, "dashboard", "Viewer access to this dashboard" + grantAccess, func(d *draft) bool { return d.hides("dashboard") }},
	{Today, "insight", "Viewer access to this insight" + grantAccess, func(d *draft) bool { return d.hides("insight") }},
	{Page, "insight", "Insight is required for insight subscriptions.", func(d *draft) bool {
		return !d.switches.EitherResource && d.named("dashboard", "insight") && !d.has("dashboard", "insight")
	}},
	{Page, "", "Dashboard subscriptions cannot also set insight or prompt.", func(d *draft) bool {
		return !d.switches.EitherResource && d.named("dashboard", "insight") && d.has("dashboard") && d.has("insight")
	}},
	{Today, "insight", "Insight subscriptions cannot also set dashboard or prompt.", func(d *draft) bool { return d.kind() == "insight" && d.has("dashboard", "prompt") }},
	{Today, "dashboard", "Dashboard subscriptions cannot also set insight or prompt.", func(d *draft) bool { return d.kind() == "dashboard" && d.has("insight", "prompt") }},
	{Today, "prompt", "AI subscriptions cannot also set insight or dashboard.", func(d *draft) bool { return d.kind() == "ai_prompt" && d.has("insight", "dashboard") }},
	{Today, "prompt", "Prompt is required for AI subscriptions.", func(d *draft) bool { return d.kind() == "ai_prompt" && !d.has("prompt") }},
	{Today, "", "A subscription must have an insight, a dashboard, or a prompt.", func(d *draft) bool { return !d.has("insight", "dashboard", "prompt") }},
	{Today, "prompt", fmt.Sprintf("Prompt cannot exceed %d characters.", longestPrompt), func(d *draft) bool {
		return utf8.RuneCountInString(d.new.text("prompt")) > longestPrompt
	}},
	{Today, "", "AI subscriptions are only available in PostHog Cloud.", func(d *draft) bool { return d.creating() && d.has("prompt") && d.switches.SelfHosted }},
	{Today, "", "Your organization must approve AI data processing before creating AI subscriptions.", func(d *draft) bool {
		return d.creating() && d.has("prompt") && !d.switches.AIConsent
	}},
	{Today, "", "AI subscriptions are not enabled for your account.", func(d *draft) bool { return d.creating() && d.has("prompt") && !d.switches.AIPrompts }},
	{Today, "ai_prompt_config", "Only AI subscriptions have a prompt configuration.", func(d *draft) bool { return d.given.Has("ai_prompt_config") && d.kind() != "ai_prompt" }},
	{Today, "contexts", "Only AI subscriptions have contexts.", func(d *draft) bool { return d.given.Has("contexts") && d.kind() != "ai_prompt" }},
	{"", exportInsights, "Cannot set insights selection without a dashboard.", func(d *draft) bool {
		return !d.has("dashboard") && d.given.Has(exportInsights) && len(d.new.ids(exportInsights)) > 0
	}},
	{"", exportInsights, "Select at least one insight for this subscription.", func(d *draft) bool { return d.selects() && len(d.new.ids(exportInsights)) == 0 }},
	{"", exportInsights, "Cannot select more than CAP insights.", func(d *draft) bool { return d.selects() && len(d.new.ids(exportInsights)) > d.cap() }},
	{Page, exportInsights, "Some insights do not belong to your team or do no longer exist.", (*draft).foreign},
	{Today, exportInsights, "Some insights are not in your team, or no longer exist.", (*draft).foreign},
	{"", exportInsights, "STRANGERS invalid insight(s) selected.", func(d *draft) bool { return d.selects() && d.strangers() > 0 }},
	{Today, exportInsights, "Viewer access to this insight" + grantAccess, func(d *draft) bool {
		return d.selects() && slices.Contains(d.new.ids(exportInsights), d.switches.Unviewable)
	}},
	{Today, "", "Can't save this subscription: you don't have access to TABLE.", func(d *draft) bool {
		return d.switches.HiddenTable != "" && d.named("insight", "dashboard", exportInsights)
	}},
	{"", "", "", func(d *draft) bool { _, _, err := d.rule(d.new).Next(d.now); return d.moved && err != nil }},
	{"", "start_date", scheduleEnded + ".", func(d *draft) bool { return d.creating() && d.ended() }},
	{"", "", scheduleEnded + ".", func(d *draft) bool { return d.moved && d.ended() && d.old.is("enabled") && d.new.is("enabled") }},
	{"", "enabled", "Cannot re-enable Slack subscription: no integration configured. Reconnect Slack first.", func(d *draft) bool {
		return d.reenabled() && d.goesTo("slack") && d.new["integration_id"] == nil
	}},
	{"", "enabled", "Cannot re-enable webhook subscription: this delivery channel is not currently supported.", func(d *draft) bool {
		return d.reenabled() && d.goesTo("webhook")
	}},
	{"", "enabled", scheduleEnded + " before re-enabling.", func(d *draft) bool { return d.reenabled() && d.ended() }},
	{"", "integration_id", "A Slack integration is required for Slack subscriptions.", func(d *draft) bool { return d.slack() && d.new["integration_id"] == nil }},
	{"", "integration_id", "This integration does not exist or does not belong to your team.", func(d *draft) bool {
		return d.slack() && d.own("integrations", d.new["integration_id"]) == nil
	}},
	{"", "integration_id", "Slack subscriptions require a Slack integration.", func(d *draft) bool {
		return d.slack() && d.own("integrations", d.new["integration_id"]).text("kind") != "slack"
	}},
	{Today, "target_value", "The saved webhook URL is hidden, so it cannot be sent back. Leave the field alone to keep it, or paste the full URL to replace it.", func(d *draft) bool {
		return d.old.text("target_type") == "teams" && d.given["target_value"] == target(d.old)
	}},
	{Today, "target_value", "This does not look like a Microsoft Teams webhook URL. Create one with the Workflows app in the channel you want reports in, then paste the URL it gives you. " +
		"Microsoft's setup guide: https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook", func(d *draft) bool {
		return d.goesTo("teams") && d.named("target_type", "target_value") && !isTeams(d.new.text("target_value"))
	}},
	// The words of the rules below are ours: of PostHog's, only the status is known.
	{Today, "target_value", "Give a new target_value with the new target_type.", func(d *draft) bool {
		return d.old.text("target_type") == "teams" && !d.goesTo("teams") && !d.given.Has("target_value")
	}},
	{Today, "delivery_config", "Only insights and dashboards in Slack can be posted in the main message.", func(d *draft) bool {
		return truthy(d.option(galleryOption)) && (!d.goesTo("slack") || d.kind() == "ai_prompt")
	}},
	{Today, "delivery_config", "Reconnect Slack with the files:write permission first.", func(d *draft) bool { return truthy(d.option(galleryOption)) && !d.switches.FilesWrite }},
	{Today, "delivery_config", "Only AI subscriptions have options of their parts.", func(d *draft) bool {
		return d.kind() != "ai_prompt" && slices.ContainsFunc(rules().Choices["report_parts"], func(name string) bool { return d.option(name) != nil })
	}},
}

func (d *draft) selects() bool { return d.has("dashboard") && d.named(exportInsights) }

// foreign reports whether a selected insight is not the project's.
func (d *draft) foreign() bool {
	return d.selects() && slices.ContainsFunc(d.new.ids(exportInsights), func(id int64) bool { return d.own("insights", id) == nil })
}

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
		case r.only != "" && r.only != d.switches.Generation || !r.breaks(d):
		case r.sentence == "":
			return drf.Crashed()
		default:
			limit, _ := d.limit()
			return drf.Invalid(r.attr, strings.NewReplacer("LIMIT", fmt.Sprint(limit), "CAP", fmt.Sprint(d.cap()), "STRANGERS", fmt.Sprint(d.strangers()),
				"TABLE", d.switches.HiddenTable).Replace(r.sentence))
		}
	}
	return first(d.checkWebhook, d.checkSummary, d.checkLimits, d.checkKeys)
}

func (d *draft) checkWebhook() *drf.Error {
	if !d.today() && d.goesTo("webhook") && d.named("target_type", "target_value") {
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
	case guide != "" && !d.today() && !d.switches.PromptGuide:
		return drf.Denied("Setting AI summary context is not enabled for this organization.")
	case on && !d.switches.AIConsent:
		return drf.Denied("AI data processing must be approved by your organization before enabling AI summaries")
	case active && !wasActive && d.today() && d.switches.AICreditsSpent:
		return drf.Failed(http.StatusPaymentRequired, "quota_limit_exceeded", "Your organization reached its AI credit usage limit. "+
			"Increase the limits in Billing settings, or ask an org admin to do so.")
	case active && !wasActive && d.summaries(org) >= limit:
		return drf.Failed(http.StatusPaymentRequired, "quota_limit_exceeded", fmt.Sprintf(
			"Your plan allows up to %d active AI summaries. Disable an existing summary or upgrade your plan to add more.", limit))
	}
	return nil
}

const teamCap = 200

// checkLimits checks newer servers' cap, and the sandbox's own limit, with the error of
// PostHog's resource limits.
func (d *draft) checkLimits() *drf.Error {
	live, kept, growth := d.live(), len(d.tables["subscriptions"]), size(d.new)-size(d.old)
	switch {
	case d.gains() && d.switches.TeamCap && live >= teamCap:
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

// teamsForms are the webhook URLs of Microsoft Teams that PostHog posts to.
var teamsForms = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^https://(?:[a-z0-9-]+\.)+(?:logic\.azure\.com(?::443)?/workflows/(?:[^?#]*/)?triggers/manual/paths/invoke` +
		`|webhook\.office\.com(?::443)?/webhookb2/(?:[^?#]*/)?IncomingWebhook/|(?:powerautomate|flow\.microsoft)\.com(?::443)?/+[^/?#]` +
		`|environment\.api\.powerplatform\.com(?::443)?/powerautomate/automations/direct/(?:[^?#]*/)?workflows/)`)
})

func isTeams(link string) bool { return teamsForms().MatchString(link) }
