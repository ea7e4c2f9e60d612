package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
	"posthog-mcp/internal/sandbox/oauth"
)

// authenticate finds the caller. The scheme is case-sensitive: "bearer", "Token" and "Basic" count as no credentials.
func (c *call) authenticate() {
	sent, _ := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
	token := strings.TrimSpace(sent)
	cred := c.credential(token)
	refuse(token == "" || sent == c.r.Header.Get("Authorization"), notAuthenticated())
	refuse(strings.HasPrefix(token, "eyJ"), badToken("Token invalid."))
	refuse(cred == nil && isOAuth(token), badToken("Invalid access token."))
	refuse(cred == nil, badToken("Personal API key found in request Authorization header is invalid."))
	refuse(cred["_refused"] != nil, badToken(cred.text("_refused")))
	c.cred, c.user = cred, c.find("users", 0, cred["user_id"])
}

func isOAuth(token string) bool { return strings.HasPrefix(token, "pha_") }

func (c *call) oauth() bool { return isOAuth(c.cred.text("token")) }

func notAuthenticated() *drf.Error {
	return drf.New(http.StatusUnauthorized, "not_authenticated", "Authentication credentials were not provided.")
}

func badToken(detail string) *drf.Error {
	return drf.New(http.StatusUnauthorized, "authentication_failed", detail)
}

const integrationRead = "integration:read"

// authorize refuses an OAuth token without scopes, and an action that keys cannot use, before it looks at the object.
func (c *call) authorize() {
	if c.route.scope == unscoped {
		return
	}
	refuse(c.oauth() && len(c.cred.texts("scopes")) == 0, drf.Denied("OAuth token has no scopes and cannot access this resource"))
	refuse(c.route.scope == integrationRead && c.switches.Integrations == "old", drf.Denied("This action does not support personal API key access"))
	c.checkPinning()
	c.checkScope()
	c.checkMembership()
	c.checkPayment()
}

// checkPinning checks the project or organisation that a credential is limited to, and the ban on personal keys. So for
// keys and for limited tokens, an unknown project is a 404 before a missing scope is a 403.
func (c *call) checkPinning() {
	if strings.HasPrefix(c.route.scope, "user:") {
		return
	}
	teams, organizations := c.cred.ids("scoped_teams"), c.cred.texts("scoped_organizations")
	if !c.oauth() || len(teams) > 0 || len(organizations) > 0 {
		c.resolve()
	}
	id, org := c.project.number("id"), c.organization.text("id")
	refuse(!c.oauth() && org == orgHedgebox && c.switches.PersonalKeysForbidden && level(c.organization, c.user) < levelAdmin,
		drf.Denied("Organization '"+c.organization.text("name")+"' does not allow using personal API keys. "+
			"Contact an admin to enable personal API keys for this organization."))
	refuse(len(teams) > 0 && c.project == nil, drf.Denied("API keys with scoped projects are only supported on project-based endpoints."))
	refuse(len(teams) > 0 && !slices.Contains(teams, id), drf.Denied(fmt.Sprintf("API key does not have access to the requested project: ID %d.", id)))
	refuse(org != "" && len(organizations) > 0 && !slices.Contains(organizations, org),
		drf.Denied("API key does not have access to the requested organization: ID "+org+"."))
}

// checkScope checks the scope. A write scope includes reading the same object; no other scope includes another.
func (c *call) checkScope() {
	needed := []string{c.route.scope}
	if c.today() && c.route.scope == "subscription:write" && c.writesPrompt() {
		needed = append(needed, "query:read")
	}
	for _, scope := range needed {
		object, isRead := strings.CutSuffix(scope, ":read")
		allows := func(has string) bool { return has == "*" || has == scope || isRead && has == object+":write" }
		refuse(!slices.ContainsFunc(c.cred.texts("scopes"), allows), drf.Denied("API key missing required scope '"+scope+"'"))
	}
}

// writesPrompt reports whether the call is about a subscription to an AI report, which runs queries.
func (c *call) writesPrompt() bool {
	id, _ := strconv.ParseInt(c.values["id"], 10, 64)
	return row(c.glance()).text("prompt") != "" || c.find("subscriptions", 0, id).text("prompt") != ""
}

func (c *call) checkMembership() {
	c.resolve()
	stranger, inProject := c.organization != nil && level(c.organization, c.user) == 0, c.project != nil
	write, access := strings.HasSuffix(c.route.scope, ":write"), c.switches.AccessLevel
	refuse(stranger, drf.Denied("You don't have access to the project."))
	refuse(inProject && access == "none" && !write, drf.Denied("You do not have viewer access to this resource."))
	refuse(inProject && access != "editor" && write, drf.Denied("You do not have editor access to this resource."))
}

func (c *call) premium() bool {
	return c.project["organization"] == orgHedgebox && !c.switches.PaymentGate
}

// checkPayment is the payment gate that older servers have for subscriptions.
func (c *call) checkPayment() {
	detail := "To use it, subscribe to PostHog Cloud with a generous free tier."
	if c.switches.SelfHosted {
		detail = "Self-hosted licenses are no longer available for purchase. Please contact sales@posthog.com to discuss options."
	}
	refuse(c.route.premium() && !c.today() && !c.premium(),
		drf.New(http.StatusPaymentRequired, "payment_required", "Subscriptions is part of the premium PostHog offering. "+detail))
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

// getKey describes the calling key, with any scopes, but never shows it. OAuth tokens are unknown here.
func getKey(c *call) any {
	token := c.cred.text("token")
	refuse(c.oauth(), notAuthenticated())
	return c.show("key", c.cred.with(row{
		"id": token[len(token)-6:], "mask_value": token[:4] + "..." + token[len(token)-4:], "last_used_at": c.now,
	}))
}

// introspect describes the calling OAuth token, with any scopes. Nobody may ask about another.
func introspect(c *call) any {
	cred, expires := c.cred, cmp.Or(c.cred.time("_expires"), c.now.Add(time.Hour))
	if !c.oauth() {
		return row{"active": false}
	}
	stop(c.object()["token"] != cred["token"], http.StatusForbidden, "", "")
	return object{
		{"active", true}, {"token_type", "access_token"}, {"scope", strings.Join(cred.texts("scopes"), " ")}, {"scoped_teams", list(cred.ids("scoped_teams"))},
		{"scoped_organizations", list(cred.texts("scoped_organizations"))}, {"exp", expires.Unix()}, {"client_id", "sandbox-client"}, {"client_name", cred["label"]},
	}
}

// list returns a copy that is never null in JSON.
func list[T any](items []T) []T { return append([]T{}, items...) }

const resourceMetadata = "/.well-known/oauth-protected-resource"

// describe answers with a document of RFC 9728 or RFC 8414: this host is its own authorisation server. Of its
// endpoints, it does not serve that of OpenID (userinfo).
func describe(document string) func(*call) any {
	return func(c *call) any {
		doc := raw(c.show(document, nil))
		return json.RawMessage(bytes.ReplaceAll(doc, []byte("BASE"), []byte(c.base)))
	}
}

// newLogins returns the authorization server of a new world.
func (w *world) newLogins() *oauth.Server {
	o := oauth.Options{Now: w.clock, Text: w.token, Scopes: rules().Choices["scopes"]}
	for _, u := range w.tables["users"] {
		o.People = append(o.People, oauth.Choice{ID: u.number("id"), Name: u.text("first_name")})
	}
	for _, p := range w.tables["projects"] {
		o.Projects = append(o.Projects, oauth.Choice{ID: p.number("id"), Name: p.text("name")})
	}
	return oauth.New(o)
}

// Logins passes the authorization server to do, under the lock.
func (s *Sandbox) Logins(do func(*oauth.Server)) {
	s.with(func(w *world) { do(w.logins) })
}

// isLogin reports whether a request is for the authorization server. Introspection is a route of the API.
func isLogin(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/oauth/") && !strings.HasPrefix(r.URL.Path, "/oauth/introspect")
}

func (w *world) login(r *http.Request, body []byte) reply {
	return recorded(func(to http.ResponseWriter) { w.logins.ServeHTTP(to, withBody(r, body)) })
}

// credential returns the row of a key or a token; nil for an unknown one.
func (w *world) credential(token string) row {
	if cred := w.by("credentials", "token", token); cred != nil || token == "" {
		return cred
	}
	g := w.logins.Access(token)
	if g == nil {
		return nil
	}
	cred := row{"token": token, "label": g.Program, "user_id": g.Person, "scopes": g.Scopes, "scoped_teams": g.Projects, "_expires": g.Expires}
	if w.clock().After(g.Expires) {
		cred["_refused"] = "Access token has expired."
	}
	return cred
}
