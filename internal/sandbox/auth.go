package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"posthog-mcp/internal/sandbox/drf"
)

// bearer is PostHog's own expression. It is case-sensitive, so that "bearer", "Token" and "Basic" count as no
// credentials.
var bearer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^Bearer\s+(\S.+)$`) })

const inHeader = "request Authorization header"

// authenticate finds the caller by the first token in header, body or query.
func (c *call) authenticate() *drf.Error {
	token, place, err := c.sentToken()
	if err != nil {
		return err
	}
	cred := c.credential(token)
	switch {
	case token == "":
		return notAuthenticated()
	case strings.HasPrefix(token, "eyJ"):
		return refusedToken("Token invalid.")
	case cred == nil && isOAuth(token) && place == inHeader:
		return refusedToken("Invalid access token.")
	case cred == nil, isOAuth(token) && place != inHeader:
		return refusedToken("Personal API key found in " + place + " is invalid.")
	case cred["_refused"] != nil:
		return refusedToken(cred.text("_refused"))
	}
	c.cred, c.user = cred, c.find("users", 0, cred["user_id"])
	return nil
}

// sentToken reads the body only if no header has a key. Then an unreadable body is reported before the missing key.
func (c *call) sentToken() (token, place string, err *drf.Error) {
	if m := bearer().FindStringSubmatch(c.r.Header.Get("Authorization")); m != nil {
		return strings.TrimSpace(m[1]), inHeader, nil
	}
	body, err := c.json()
	if data, ok := body.(map[string]any); ok && truthy(data["personal_api_key"]) {
		return drf.Text(data["personal_api_key"]), "request body", err
	}
	return c.query.Get("personal_api_key"), "request query string", err
}

func isOAuth(token string) bool { return strings.HasPrefix(token, "pha_") }

func (c *call) oauth() bool { return isOAuth(c.cred.text("token")) }

func notAuthenticated() *drf.Error {
	return drf.Unauthenticated("not_authenticated", "Authentication credentials were not provided.")
}

func refusedToken(detail string) *drf.Error {
	return drf.Unauthenticated("authentication_failed", detail)
}

func first(checks ...func() *drf.Error) *drf.Error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) authorize() *drf.Error {
	if c.route.scope == unscoped {
		return nil
	}
	return first(c.checkAction, c.checkPinning, c.checkScope, c.checkMembership, c.checkPayment)
}

// checkAction refuses an OAuth token without scopes, and an action that keys cannot use.
func (c *call) checkAction() *drf.Error {
	switch {
	case c.oauth() && len(c.cred.texts("scopes")) == 0:
		return drf.Denied("OAuth token has no scopes and cannot access this resource")
	case c.route.scope == "integration:read" && c.switches.Integrations == "old":
		return drf.Denied("This action does not support personal API key access")
	}
	return nil
}

// checkPinning checks the project or organisation that a credential is limited to. It also loads the organisation for
// the ban on personal keys. So for keys and for limited tokens, an unknown project is a 404 before a missing scope is
// a 403.
func (c *call) checkPinning() *drf.Error {
	if strings.HasPrefix(c.route.scope, "user:") {
		return nil
	}
	teams, organizations := c.cred.ids("scoped_teams"), c.cred.texts("scoped_organizations")
	if err := c.resolveOrganization(); err != nil {
		return err
	}
	if c.route.inProject && (!c.oauth() || len(teams) > 0 || len(organizations) > 0) {
		if err := c.resolveProject(); err != nil {
			return err
		}
	}
	id, org := c.project.number("id"), c.organization.text("id")
	switch {
	case !c.oauth() && org == orgHedgebox && c.switches.PersonalKeysForbidden && level(c.organization, c.user) < levelAdmin:
		return drf.Denied("Organization '" + c.organization.text("name") + "' does not allow using personal API keys. " +
			"Contact an admin to enable personal API keys for this organization.")
	case len(teams) > 0 && c.project == nil:
		return drf.Denied("API keys with scoped projects are only supported on project-based endpoints.")
	case len(teams) > 0 && !slices.Contains(teams, id):
		return drf.Denied(fmt.Sprintf("API key does not have access to the requested project: ID %d.", id))
	case org != "" && len(organizations) > 0 && !slices.Contains(organizations, org):
		return drf.Denied("API key does not have access to the requested organization: ID " + org + ".")
	}
	return nil
}

// checkScope checks the scope. A write scope includes reading the same object; no other scope includes another.
func (c *call) checkScope() *drf.Error {
	needed := []string{c.route.scope}
	if c.today() && c.route.scope == "subscription:write" && c.writesPrompt() {
		needed = append(needed, "query:read")
	}
	for _, scope := range needed {
		object, isRead := strings.CutSuffix(scope, ":read")
		if !slices.ContainsFunc(c.cred.texts("scopes"), func(has string) bool { return has == "*" || has == scope || isRead && has == object+":write" }) {
			return drf.Denied("API key missing required scope '" + scope + "'")
		}
	}
	return nil
}

// writesPrompt reports whether the call is about a subscription to an AI report, which runs queries.
func (c *call) writesPrompt() bool {
	data, err := c.object()
	id, _ := strconv.ParseInt(c.values["id"], 10, 64)
	return err == nil && truthy(data["prompt"]) || c.find("subscriptions", 0, id).text("prompt") != ""
}

func (c *call) checkMembership() *drf.Error {
	if c.route.inProject {
		if err := c.resolveProject(); err != nil {
			return err
		}
	}
	stranger := c.organization != nil && level(c.organization, c.user) == 0
	write := strings.HasSuffix(c.route.scope, ":write")
	switch {
	case stranger && !c.route.inProject && c.route.pattern != organizationPath:
		return drf.Denied("You do not have permission to perform this action.")
	case !c.route.inProject:
		return nil
	case stranger:
		return drf.Denied("You don't have access to the project.")
	case write && c.switches.MCPReadOnly && strings.Contains(c.r.UserAgent(), "posthog/mcp-server"):
		return drf.Denied("Your organization restricts MCP access to read-only. " +
			"An organization admin can change this in your organization settings.")
	case c.switches.AccessLevel == "none" && !write:
		return drf.Denied("You do not have viewer access to this resource.")
	case c.switches.AccessLevel != "editor" && write:
		return drf.Denied("You do not have editor access to this resource.")
	}
	return nil
}

func (c *call) premium() bool {
	return c.project["organization"] == orgHedgebox && !c.switches.PaymentGate
}

// checkPayment is the payment gate that older servers have for subscriptions.
func (c *call) checkPayment() *drf.Error {
	if !c.route.premium || c.today() || c.premium() {
		return nil
	}
	detail := "To use it, subscribe to PostHog Cloud with a generous free tier."
	if c.switches.SelfHosted {
		detail = "Self-hosted licenses are no longer available for purchase. Please contact sales@posthog.com to discuss options."
	}
	return drf.Failed(http.StatusPaymentRequired, "payment_required", "Subscriptions is part of the premium PostHog offering. "+detail)
}

// The keys and tokens that the sandbox knows.
const (
	KeyAll                = "phx_sandbox_all_scopes_000000000001" // has all rights of a member of the first organisation
	KeyReadOnly           = "phx_sandbox_read_only_0000000000002" // has every read scope and no write scope
	KeySubscriptionsOnly  = "phx_sandbox_subscriptions_000000003" // has subscription:write, which includes reading
	KeyPinned             = "phx_sandbox_pinned_project_00000004" // has every scope in [ProjectMarketing] alone
	KeyPinnedOrganization = "phx_sandbox_pinned_org_000000000005" // has every scope in the second organisation alone; its owner is in both
	KeyPinnedReadOnly     = "phx_sandbox_pinned_read_only_00008"  // reads in [ProjectMarketing] of the first organisation alone
	KeyForeign            = "phx_sandbox_foreign_scopes_00000006" // has only scopes that the sandbox does not use
	KeyOutsider           = "phx_sandbox_outsider_00000000000007" // belongs to somebody of the second organisation only
	KeyStaff              = "phx_sandbox_staff_00000000000000008" // belongs to PostHog's staff, who see every user
	KeyAdmin              = "phx_sandbox_admin_00000000000000009" // belongs to the first organisation's owner
	KeyLegacy             = "sandboxLegacyKeyWithoutPrefix000010" // is an old key without a prefix, with all scopes

	OAuthLive         = "pha_sandbox_live_00000000000000001"  // an access token with all scopes used here, by name
	OAuthExpired      = "pha_sandbox_expired_00000000000002"  // past its hour
	OAuthDisabled     = "pha_sandbox_disabled_user_00000003"  // belongs to a user who was switched off
	OAuthOrphan       = "pha_sandbox_orphan_000000000000004"  // belongs to a user who is gone
	OAuthUnregistered = "pha_sandbox_no_application_0000005"  // belongs to an application that is gone
	OAuthReadOnly     = "pha_sandbox_read_only_000000000007"  // has every read scope and no write scope
	OAuthPinned       = "pha_sandbox_pinned_project_00000008" // reads in [ProjectMarketing] alone
	OAuthNoScopes     = "pha_sandbox_no_scopes_000000000006"  // live and may do nothing
)

func refuseKeys(*call) reply {
	return failed(drf.Denied("This action does not support Personal API Key access"))
}

// getKey describes the calling key, with any scopes. The key itself is never in the answer. OAuth tokens are unknown
// here.
func getKey(c *call) reply {
	switch token := c.cred.text("token"); {
	case isOAuth(token):
		return c.refuse(notAuthenticated())
	case c.values["id"] != "@current":
		return refuseKeys(c)
	default:
		return ok(c.show("key", c.cred.with(row{
			"id": token[len(token)-6:], "mask_value": token[:4] + "..." + token[len(token)-4:], "last_used_at": c.now,
		})))
	}
}

// introspect describes the calling OAuth token, with any scopes.
func introspect(c *call, data map[string]any) reply {
	token := row(data).text("token")
	cred := c.credential(token)
	switch {
	case cred == nil, !isOAuth(token), cred["_refused"] != nil:
		return ok(row{"active": false})
	case token != c.cred.text("token"):
		return empty(http.StatusForbidden)
	}
	return ok(object{
		{"active", true}, {"token_type", "access_token"}, {"scope", strings.Join(cred.texts("scopes"), " ")}, {"scoped_teams", list(cred.ids("scoped_teams"))},
		{"scoped_organizations", list(cred.texts("scoped_organizations"))}, {"exp", expiry(cred, c.now).Unix()}, {"client_id", "sandbox-client"}, {"client_name", cred["label"]},
	})
}

// list returns a copy that is never null in JSON.
func list[T any](items []T) []T { return append([]T{}, items...) }

const resourceMetadata = "/.well-known/oauth-protected-resource"

// describe answers with a document of RFC 9728 or RFC 8414: this host is its own authorisation server. Of its
// endpoints, it does not serve that of OpenID (userinfo).
func describe(document string) func(*call) reply {
	return func(c *call) reply {
		doc := raw(c.show(document, nil))
		return ok(json.RawMessage(bytes.ReplaceAll(doc, []byte("BASE"), []byte(c.base))))
	}
}
