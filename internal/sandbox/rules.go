package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// Switches are the rules that differ between servers and plans, and faults. They are JSON at /_sandbox/switches.
type Switches struct {
	PaymentGate           bool   `json:"payment_gate"`            // takes the premium feature away: subscriptions answer 402
	SelfHosted            bool   `json:"self_hosted"`             // uses another error text for that
	Plan                  string `json:"plan"`                    // free, paid or enterprise: how many AI summaries may be active
	SubscriptionLimit     int    `json:"subscription_limit"`      // newer servers' limit per project, 0 for none
	TeamCap               bool   `json:"team_cap"`                // enforces 200 subscriptions per project, as newer servers do
	AIConsent             bool   `json:"ai_consent"`              // the organisation's approval of AI data processing
	PromptGuide           bool   `json:"prompt_guide"`            // allows an AI summary context
	PublicSharing         bool   `json:"public_sharing"`          // false forbids sharing in the whole organisation
	SharePasswords        bool   `json:"share_passwords"`         // the plan feature behind sharing passwords
	AccessControlName     bool   `json:"access_control_name"`     // uses newer servers' name of that feature in errors
	PersonalKeysForbidden bool   `json:"personal_keys_forbidden"` // bans members' personal keys; admins are exempt
	AccessLevel           string `json:"access_level"`            // the caller's level in the project: editor, viewer, none
	CredentialsByToken    bool   `json:"credentials_by_token"`    // lets a key change its owner's email and password, as older servers do
	MailConfigured        bool   `json:"mail_configured"`         // if false, a new email address takes effect at once
	RateLimits            bool   `json:"rate_limits"`             // turns on 480 a minute and 4800 an hour per key
	TestDeliveryLimit     bool   `json:"test_delivery_limit"`     // 10 test deliveries a minute per project
	DeliveryRunning       bool   `json:"delivery_running"`        // makes a delivery of every subscription in progress
	SchedulerDown         bool   `json:"scheduler_down"`          // makes test deliveries fail
	EitherResource        bool   `json:"either_resource"`         // accepts neither or both of insight and dashboard, as the oldest servers do
	DashboardSearch       string `json:"dashboard_search"`        // how dashboards are searched: exact, mixed or absent
	Integrations          string `json:"integrations"`            // the generation of that endpoint: new, mid or old
	EnvironmentDeliveries bool   `json:"environment_deliveries"`  // serves deliveries only below /api/environments/
	Fault                 Fault  `json:"fault"`                   // affects every call of the API

	Generation     Generation `json:"generation"`       // selects the rules that newer servers changed
	InsightCap     int        `json:"insight_cap"`      // the most insights of a subscribed dashboard; 0 for the generation's own, 6 or 10
	AIPrompts      bool       `json:"ai_prompts"`       // the feature flag of subscriptions to an AI report
	AICreditsSpent bool       `json:"ai_credits_spent"` // the AI budget is spent, so nobody may turn a summary on
	FilesWrite     bool       `json:"files_write"`      // Slack lets PostHog post files
	Unviewable     int64      `json:"unviewable"`       // the id of an insight or dashboard that the caller may not view; 0 for none
	HiddenTable    string     `json:"hidden_table"`     // a table that insights need and the caller may not read; empty for none

	GovernedNotification string `json:"-"` // a notification setting that the organisation has set; empty for none
}

// A Generation is a version of PostHog, for rules that changed. A rule that differs within one generation is a
// switch.
type Generation string

// The generations that the sandbox knows.
const (
	Page  Generation = "page"  // PostHog at the time of its documentation page
	Today Generation = "today" // PostHog as of autumn 2026
)

// A Fault is a failure of the network or the server; the zero value is none.
type Fault struct {
	DelayMS    int  `json:"delay_ms"`    // delays the answer, in milliseconds; at most a minute
	Status     int  `json:"status"`      // replaces the answer: 429 and 5xx in the API's own words
	RetryAfter int  `json:"retry_after"` // goes with Status, in seconds
	HTML       bool `json:"html"`        // answers as a proxy does; with Status, or 502
	Reset      bool `json:"reset"`       // breaks the connection instead of an answer
	Times      int  `json:"times"`       // the number of affected calls; 0 for all until it is switched off
}

func defaults(g Generation) Switches {
	return Switches{
		Generation: g, Plan: "paid", AIConsent: true, AIPrompts: true, PromptGuide: true, FilesWrite: true, PublicSharing: true, SharePasswords: true,
		AccessLevel: "editor", AccessControlName: g == Today, CredentialsByToken: g == Page, MailConfigured: true, TestDeliveryLimit: true, TeamCap: g == Today,
		DashboardSearch: "exact", Integrations: "new",
	}
}

// rules are the tables among PostHog's rules, from rules.json.
var rules = sync.OnceValue(func() (r struct {
	Fields map[string][]drf.Field
	Rates  map[string][]rate
	// Notifications has the type of each setting: a flag, a number, a map of flags, or a map of such maps.
	Notifications map[string]string
	Choices       map[string][]string
	// Hosts are forms of host names that a webhook may not have, each with the reason.
	Hosts [][2]string
	// Troubles are the words for failed deliveries, by the type of error; the second are newer servers' for people.
	Troubles map[string][2]string
}) {
	load("rules", &r)
	return r
})

// fields returns the serializer's fields that the world's generation has.
func (w *world) fields(serializer string) []drf.Field {
	return slices.DeleteFunc(slices.Clone(rules().Fields[serializer]), func(f drf.Field) bool { return f.Only != "" && f.Only != string(w.switches.Generation) })
}

// oneOf reports whether the value is among the choices of that name.
func oneOf(choices, value string) bool { return slices.Contains(rules().Choices[choices], value) }

// A rate is a number of requests in a period.
type rate struct {
	Name    string
	Limit   int
	Seconds int
}

// The rates of routes. By default requests with a personal key are counted by key, and those with an OAuth token are
// not counted. The same is true for routes that use the event database.
const (
	perQuery    = "query"
	perTeam     = "team"     // for test deliveries, counted by project for all callers
	perPassword = "password" // for writes to a user that name current_password
	perChange   = "change"   // for changes of subscriptions, which may ask for a test delivery
	unthrottled = "none"
)

// throttle counts the call in each of its rates, and refuses it if one is exceeded.
func (c *call) throttle() {
	rates, who := c.rates()
	var wait time.Duration
	for _, r := range rates {
		wait = max(wait, c.count(r, who))
	}
	refuse(wait > 0, drf.Throttled(wait))
}

// rates returns the rates of the call, and the name by which it is counted.
func (c *call) rates() ([]rate, string) {
	all, kind := rules().Rates, c.route.throttling
	if kind == perChange {
		kind = map[bool]string{true: perTeam}[c.today() && c.glance()["send_test_now"] == true]
	}
	switch {
	case kind == perTeam && c.switches.TestDeliveryLimit:
		return all[kind], fmt.Sprint(c.project["id"])
	case kind == perPassword && row(c.glance()).has("current_password"):
		return all[kind], c.user.text("uuid")
	case kind == unthrottled, kind == perTeam, kind == perPassword, !c.switches.RateLimits, c.oauth():
		return nil, ""
	}
	return all[cmp.Or(kind, "key")], c.cred.text("token")
}

// count adds the call to its rate's history, or returns the time to wait. A refused call is not counted, as in the
// framework.
func (c *call) count(r rate, who string) time.Duration {
	key, window := r.Name+" "+who, time.Duration(r.Seconds)*time.Second
	history := c.history[key]
	for len(history) > 0 && !history[0].After(c.now.Add(-window)) {
		history = history[1:]
	}
	c.history[key] = history
	if len(history) >= r.Limit {
		return max(window-c.now.Sub(history[0]), time.Nanosecond)
	}
	c.history[key] = append(history, c.now)
	return 0
}

const notificationSettings, pipelines, maxPipelines = "notification_settings", "pipeline_notifications_disabled", 1000

// checkNotifications checks the keys in alphabetical order. Its rules and sentences are those of PostHog's source of
// autumn 2026.
func (w *userWrite) checkNotifications(settings map[string]any) *drf.Error {
	stored := as[row](w.target, notificationSettings)
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		// An unchanged governed flag is accepted.
		if w.switches.GovernedNotification == key && stored[key] != settings[key] {
			return drf.Rejected(notificationSettings, "permission_denied", key+" is set by your organization and cannot be changed here")
		}
		if err := checkNotification(key, settings[key]); err != nil {
			return err
		}
	}
	many := len(as[row](merged(stored, settings), pipelines)) > maxPipelines
	return first(rule{many, badNotification(fmt.Sprintf("%s cannot have more than %d entries", pipelines, maxPipelines))})
}

func badNotification(sentence string) *drf.Error { return drf.Invalid(notificationSettings, sentence) }

var pipelineForm = drf.Pattern(`^(?:hog_function|batch_export|plugin_config):[0-9a-zA-Z-]{1,128}$`)

func class(v any) string { return "<class '" + drf.TypeName(v) + "'>" }

// checkNotification checks a setting by its type. Python's booleans are numbers.
func checkNotification(key string, value any) *drf.Error {
	kind := rules().Notifications[key]
	object, isObject := value.(map[string]any)
	_, isBool := value.(bool)
	number, isNumber := value.(json.Number)
	share, err := number.Float64()
	if err := first(
		rule{kind == "", badNotification("Key " + key + " is not valid as a key for notification settings")},
		rule{kind == "flag" && !isBool, badNotification(drf.Text(value) + " is not a valid type for notification settings, should be <class 'bool'>")},
		rule{kind == "number" && !isNumber && !isBool, badNotification(key + " must be a number, got " + class(value) + " instead")},
		rule{kind == "number" && isNumber && (err != nil || share < 0 || share > 1), badNotification(key + " must be between 0.0 and 1.0, got " + drf.Text(value))},
		rule{kind == "map" && !isObject, badNotification(key + " must be a dictionary mapping IDs to boolean values")},
		rule{kind == "maps" && !isObject, badNotification(key + " must be a dict")},
	); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(object)) {
		teams, isMap := object[id].(map[string]any)
		_, isBool := object[id].(bool)
		odd := oddOne(teams)
		if err := first(
			rule{kind == "maps" && !oneOf("realtime_types", id), badNotification("Unknown notification type " + id)},
			rule{kind == "maps" && !isMap, badNotification("Per-type value for " + id + " must be a dict of team_id to bool")},
			rule{kind == "maps" && odd != "", badNotification("Disabled flag for " + id + " must be boolean, got " + odd)},
			rule{kind == "map" && !isBool, badNotification("Notification setting values must be boolean, got " + class(object[id]) + " instead")},
			rule{key == pipelines && !pipelineForm().MatchString(id), badNotification("Invalid pipeline id: '" + id + "'")},
		); err != nil {
			return err
		}
	}
	return nil
}

// oddOne returns the class of the first value that is no boolean; empty for none.
func oddOne(object map[string]any) string {
	for _, id := range slices.Sorted(maps.Keys(object)) {
		if _, isBool := object[id].(bool); !isBool {
			return class(object[id])
		}
	}
	return ""
}

// merged returns old with the changes. Maps are merged key by key, at any depth.
func merged(old row, changes map[string]any) row {
	out := maps.Clone(old)
	if out == nil {
		out = row{}
	}
	for name, value := range changes {
		if object, isObject := value.(map[string]any); isObject {
			value = merged(as[row](old, name), object)
		}
		out[name] = value
	}
	return out
}
