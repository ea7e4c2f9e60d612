package sandbox_test

import (
	"slices"
	"testing"

	"posthog-mcp/internal/sandbox"
)

func TestScopesAndPinning(t *testing.T) {
	missing := func(scope string) string { return denied("API key missing required scope '" + scope + "'") }
	check(t, []fact{
		{name: "missing write scope", key: sandbox.KeyReadOnly, call: "POST " + subs + " {}", status: 403, want: missing("subscription:write")},
		{name: "missing read scope", key: sandbox.KeyForeign, call: "GET " + subs, status: 403, want: missing("subscription:read")},
		{name: "write includes read", key: sandbox.KeySubscriptionsOnly, call: "GET " + subs + "summary_quota/", status: 200,
			want: `{"active_count":4,"limit":20,"at_limit":false}`},
		{name: "one object's scope is not another's", key: sandbox.KeySubscriptionsOnly, call: "GET users/@me/", status: 403, want: missing("user:read")},
		{name: "sharing has its own", key: sandbox.KeySubscriptionsOnly, call: "POST " + share + "refresh/", status: 403, want: missing("sharing_configuration:write")},
		{name: "scope before DELETE's 405", key: sandbox.KeyReadOnly, call: "DELETE " + subs + "1101/", status: 403, want: missing("subscription:write")},
		{name: "token without scopes", key: sandbox.OAuthNoScopes, call: "GET users/@me/", status: 403,
			want: denied("OAuth token has no scopes and cannot access this resource")},
		{name: "unknown project before the scope, for a key", key: sandbox.KeyForeign, call: "GET projects/999/subscriptions/", status: 404, want: noProject},
		{name: "scope before the unknown project, for a token", key: sandbox.OAuthReadOnly, call: "POST projects/999/subscriptions/ {}", status: 403,
			want: missing("subscription:write")},
		{name: "unknown project, for a token with the scope", key: sandbox.OAuthLive, call: "GET projects/999/subscriptions/", status: 404, want: noProject},
		{name: "project id that is no number", call: "GET projects/main/subscriptions/", status: 404, want: noProject},
		{name: "pinned to another project", key: sandbox.KeyPinned, call: "GET " + subs, status: 403,
			want: denied("API key does not have access to the requested project: ID 31001.")},
		{name: "pinned to another organisation", key: sandbox.KeyPinnedOrganization, call: "GET " + subs, status: 403,
			want: denied("API key does not have access to the requested organization: ID 0190a000-0000-7000-8000-0000000000a1.")},
		{name: "pinned to its own project", key: sandbox.KeyPinned, call: "GET projects/31002/subscriptions/summary_quota/", status: 200,
			want: `{"active_count":4,"limit":20,"at_limit":false}`},
		{name: "users are exempt from pinning", key: sandbox.KeyPinned, call: "GET users/@me/github_login/", status: 200, want: `{"github_login":"mayalq"}`},
		{name: "not a member", call: "GET projects/47200/subscriptions/", status: 403, want: denied("You don't have access to the project.")},
		{name: "ban on personal keys", rules: func(r *sandbox.Switches) { r.PersonalKeysForbidden = true }, call: "GET " + subs, status: 403,
			want: denied("Organization 'Hedgebox Inc.' does not allow using personal API keys. Contact an admin to enable personal API keys for this organization.")},
		{name: "the ban spares admins", rules: func(r *sandbox.Switches) { r.PersonalKeysForbidden = true }, key: sandbox.KeyAdmin,
			call: "GET " + subs + "summary_quota/", status: 200, want: `{"active_count":4,"limit":20,"at_limit":false}`},
		{name: "the ban spares tokens", rules: func(r *sandbox.Switches) { r.PersonalKeysForbidden = true }, key: sandbox.OAuthLive,
			call: "GET " + subs + "summary_quota/", status: 200, want: `{"active_count":4,"limit":20,"at_limit":false}`},
		{name: "viewer writes", rules: func(r *sandbox.Switches) { r.AccessLevel = "viewer" }, call: "PATCH " + subs + "1101/ {}", status: 403,
			want: denied("You do not have editor access to this resource.")},
		{name: "no access reads", rules: func(r *sandbox.Switches) { r.AccessLevel = "none" }, call: "GET " + subs, status: 403,
			want: denied("You do not have viewer access to this resource.")},
		{name: "payment gate", rules: func(r *sandbox.Switches) { r.PaymentGate = true }, call: "GET " + subs, status: 402,
			want: envelope("server_error", "payment_required", "Subscriptions is part of the premium PostHog offering. To use it, subscribe to PostHog Cloud with a generous free tier.", "")},
		{name: "payment gate, self-hosted", rules: func(r *sandbox.Switches) { r.PaymentGate, r.SelfHosted = true, true }, call: "DELETE " + subs + "1101/", status: 402,
			want: envelope("server_error", "payment_required", "Subscriptions is part of the premium PostHog offering. Self-hosted licenses are no longer available for purchase. Please contact sales@posthog.com to discuss options.", "")},
		{name: "scope before payment", rules: func(r *sandbox.Switches) { r.PaymentGate = true }, key: sandbox.KeyReadOnly, call: "POST " + subs + " {}", status: 403,
			want: missing("subscription:write")},
		{name: "an organisation on the free plan", key: sandbox.KeyOutsider, call: "GET projects/47200/subscriptions/", status: 402,
			want: envelope("server_error", "payment_required", "Subscriptions is part of the premium PostHog offering. To use it, subscribe to PostHog Cloud with a generous free tier.", "")},
		{name: "payment before the unknown id", rules: func(r *sandbox.Switches) { r.PaymentGate = true }, call: "POST " + subs + "1/test-delivery/", status: 402,
			want: envelope("server_error", "payment_required", "Subscriptions is part of the premium PostHog offering. To use it, subscribe to PostHog Cloud with a generous free tier.", "")},
		{name: "pinned to its own organisation", key: sandbox.KeyPinnedOrganization, call: "GET projects/47200/session_recordings/x/sharing/passwords/", status: 405,
			want: envelope("invalid_request", "method_not_allowed", `Method "GET" not allowed.`, "")},
	})
}

// TestOrderOfChecks has calls with several errors, and the one that is reported.
func TestOrderOfChecks(t *testing.T) {
	missing := func(scope string) string { return denied("API key missing required scope '" + scope + "'") }
	banned := func(r *sandbox.Switches) { r.PersonalKeysForbidden = true }
	gate := func(r *sandbox.Switches) { r.PaymentGate = true }
	ban := denied("Organization 'Hedgebox Inc.' does not allow using personal API keys. Contact an admin to enable personal API keys for this organization.")
	elsewhere := denied("API key does not have access to the requested project: ID 31001.")
	payment := envelope("server_error", "payment_required", "Subscriptions is part of the premium PostHog offering. To use it, subscribe to PostHog Cloud with a generous free tier.", "")
	tenDeliveries := slices.Repeat([]string{"POST " + subs + "1101/test-delivery/"}, 10)
	check(t, []fact{
		{name: "authentication before the project", key: "phx_wrong", call: "GET projects/999/subscriptions/", status: 401,
			want: unauthenticated("Personal API key found in request Authorization header is invalid.")},
		{name: "a token without scopes before the project", key: sandbox.OAuthNoScopes, call: "GET projects/999/subscriptions/", status: 403,
			want: denied("OAuth token has no scopes and cannot access this resource")},
		{name: "an action without a scope before the project", rules: func(r *sandbox.Switches) { r.Integrations = "old" }, call: "GET projects/999/integrations/", status: 403,
			want: denied("This action does not support personal API key access")},
		{name: "an action without a scope before the scope", rules: func(r *sandbox.Switches) { r.Integrations = "old" }, key: sandbox.KeyForeign,
			call: "GET " + main + "integrations/", status: 403, want: denied("This action does not support personal API key access")},
		{name: "a pinned token's project before the scope", key: sandbox.OAuthPinned, call: "POST projects/999/subscriptions/ {}", status: 404, want: noProject},
		{name: "the project before the ban", rules: banned, call: "GET projects/999/subscriptions/", status: 404, want: noProject},
		{name: "the ban before pinning", rules: banned, key: sandbox.KeyPinned, call: "GET " + subs, status: 403, want: ban},
		{name: "the ban before the scope", rules: banned, key: sandbox.KeyForeign, call: "GET " + subs, status: 403, want: ban},
		{name: "the project's pinning before the organisation's", key: sandbox.KeyPinnedReadOnly, call: "GET projects/47200/subscriptions/", status: 403,
			want: denied("API key does not have access to the requested project: ID 47200.")},
		{name: "pinning before the scope", key: sandbox.KeyPinnedReadOnly, call: "POST " + subs + " {}", status: 403, want: elsewhere},
		{name: "a token's pinning before the scope", key: sandbox.OAuthPinned, call: "POST " + subs + " {}", status: 403, want: elsewhere},
		{name: "the scope, where pinned", key: sandbox.KeyPinnedReadOnly, call: "POST projects/31002/subscriptions/ {}", status: 403, want: missing("subscription:write")},
		{name: "the scope before membership", key: sandbox.KeyReadOnly, call: "POST projects/47200/subscriptions/ {}", status: 403, want: missing("subscription:write")},
		{name: "membership before payment", rules: gate, call: "GET projects/47200/subscriptions/", status: 403, want: denied("You don't have access to the project.")},
		{name: "the access level before payment", rules: func(r *sandbox.Switches) { r.PaymentGate, r.AccessLevel = true, "viewer" }, call: "POST " + subs + " {}", status: 403,
			want: denied("You do not have editor access to this resource.")},
		{name: "payment before the throttle", before: append(tenDeliveries, `PATCH /_sandbox/switches {"payment_gate":true}`),
			call: "POST " + subs + "1101/test-delivery/", status: 402, want: payment},
		{name: "payment before DELETE's 405", rules: gate, call: "DELETE " + subs + "1/", status: 402, want: payment},
		{name: "payment before the body", rules: gate, call: "POST " + subs + " {", status: 402, want: payment},
		{name: "the throttle before the unknown id", before: tenDeliveries, call: "POST " + subs + "1/test-delivery/", status: 429, want: throttled("60 seconds")},
		{name: "the throttle before 409", before: tenDeliveries, call: "POST " + subs + "1113/test-delivery/", status: 429, want: throttled("60 seconds")},
		{name: "the id before the body", call: "PATCH " + subs + "1/ {", status: 404, want: notFound},
		{name: "@me before the body", call: "PATCH users/x/ {", status: 403, want: denied("As a non-staff user you're only allowed to access the `@me` user instance.")},
		{name: "the user's scope before @me", key: sandbox.KeySubscriptionsOnly, call: "GET users/x/", status: 403, want: missing("user:read")},
	})
}
