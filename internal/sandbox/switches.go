package sandbox

// Switches are the rules and troubles that differ between servers, plans and
// days. They are JSON at /_sandbox/switches.
type Switches struct {
	// PaymentGate takes the premium feature away: subscriptions answer 402, in
	// another sentence where SelfHosted.
	PaymentGate bool   `json:"payment_gate"`
	SelfHosted  bool   `json:"self_hosted"`
	Plan        string `json:"plan"` // free, paid or enterprise: how many AI summaries may be active
	// SubscriptionLimit is newer servers' limit per project, 0 for none;
	// TeamCap their 200 of a project on every plan.
	SubscriptionLimit int  `json:"subscription_limit"`
	TeamCap           bool `json:"team_cap"`
	// AIConsent is the organisation's approval of AI data processing, and
	// PromptGuide allows an AI summary context.
	AIConsent     bool `json:"ai_consent"`
	PromptGuide   bool `json:"prompt_guide"`
	PublicSharing bool `json:"public_sharing"` // false forbids sharing in the whole organisation
	// SharePasswords is the plan feature behind sharing passwords, and
	// AccessControlName has newer servers' name of it in errors.
	SharePasswords        bool   `json:"share_passwords"`
	AccessControlName     bool   `json:"access_control_name"`
	PersonalKeysForbidden bool   `json:"personal_keys_forbidden"` // bans members' personal keys; admins are exempt
	MCPReadOnly           bool   `json:"mcp_read_only"`           // refuses writes of PostHog's own MCP server
	AccessLevel           string `json:"access_level"`            // the caller's level in the project: editor, viewer, none
	// CredentialsByToken lets a key change its owner's email and password, as
	// older servers do.
	CredentialsByToken bool `json:"credentials_by_token"`
	MailConfigured     bool `json:"mail_configured"` // false has a new email address take effect at once
	// RateLimits turns on 480 a minute and 4800 an hour per key, and
	// TestDeliveryLimit 10 test deliveries a minute per project.
	RateLimits        bool `json:"rate_limits"`
	TestDeliveryLimit bool `json:"test_delivery_limit"`
	// DeliveryRunning has a delivery of everything in progress, and
	// SchedulerDown has test deliveries fail.
	DeliveryRunning bool `json:"delivery_running"`
	SchedulerDown   bool `json:"scheduler_down"`
	// EitherResource accepts neither and both of insight and dashboard, as
	// the oldest servers do.
	EitherResource        bool   `json:"either_resource"`
	DashboardSearch       string `json:"dashboard_search"`       // how dashboards are searched: exact, mixed or absent
	Integrations          string `json:"integrations"`           // the generation of that endpoint: new, mid or old
	EnvironmentDeliveries bool   `json:"environment_deliveries"` // serves deliveries below /api/environments/ alone
	// GovernedNotification is a notification flag that the organisation has
	// set for its members; empty for none.
	GovernedNotification string     `json:"-"`
	Generation           Generation `json:"-"`     // for the rules that newer servers changed
	Fault                Fault      `json:"fault"` // befalls every call of the API
}

// A Generation is an age of PostHog. A rule that changed looks at it; what a
// server of one generation may have or not have is a switch.
type Generation int

const (
	Documented Generation = iota // PostHog at the time of its documentation page
	Autumn2026                   // Autumn2026 is PostHog's source of that time
)

// A Fault is trouble on the way; the zero value is none.
type Fault struct {
	DelayMS    int  `json:"delay_ms"`    // holds the answer back, in milliseconds; at most a minute
	Status     int  `json:"status"`      // answers with this instead: 429 and 5xx in the API's own words
	RetryAfter int  `json:"retry_after"` // goes with Status, in seconds
	HTML       bool `json:"html"`        // answers as a proxy does; with Status, or 502
	Reset      bool `json:"reset"`       // breaks the connection instead of an answer
	Times      int  `json:"times"`       // how many calls it befalls; 0 for all until it is switched off
}

func defaults() Switches {
	return Switches{
		Plan: "paid", AIConsent: true, PromptGuide: true, PublicSharing: true, SharePasswords: true,
		AccessLevel: "editor", CredentialsByToken: true, MailConfigured: true, TestDeliveryLimit: true,
		DashboardSearch: "exact", Integrations: "new",
	}
}
