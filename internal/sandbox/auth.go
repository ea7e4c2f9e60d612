package sandbox

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"posthog-mcp/internal/sandbox/drf"
)

// bearer is PostHog's own expression: the word is case-sensitive, so that
// "bearer", "Token" and "Basic" count as nothing sent.
var bearer = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^Bearer\s+(\S.+)$`) })

// authenticate finds the caller, first hit only: header, body, query.
func (c *call) authenticate() *drf.Error {
	token, place, err := c.sentToken()
	if err != nil {
		return err
	}
	if token == "" {
		return notAuthenticated()
	}
	if strings.HasPrefix(token, "eyJ") {
		return refusedToken("Token invalid.")
	}
	cred := c.credential(token)
	switch {
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

// isOAuth says that a token is not a personal key.
func isOAuth(token string) bool { return strings.HasPrefix(token, "pha_") }

// credential is the world's with the token; nil for none.
func (w *world) credential(token string) row {
	for _, c := range w.tables["credentials"] {
		if c["token"] == token {
			return c
		}
	}
	return nil
}

// oauth says that the caller has a token.
func (c *call) oauth() bool { return isOAuth(c.cred.text("token")) }

// notAuthenticated is the 401 of who sent nothing that the route knows.
func notAuthenticated() *drf.Error {
	return drf.Unauthenticated("not_authenticated", "Authentication credentials were not provided.")
}

func refusedToken(detail string) *drf.Error {
	return drf.Unauthenticated("authentication_failed", detail)
}

const inHeader = "request Authorization header"

// sentToken reads the body only where no header has a key: a body that cannot
// be read is then an error before the key that lacks.
func (c *call) sentToken() (token, place string, err *drf.Error) {
	if m := bearer().FindStringSubmatch(c.r.Header.Get("Authorization")); m != nil {
		return strings.TrimSpace(m[1]), inHeader, nil
	}
	body, err := c.json()
	if data, ok := body.(map[string]any); ok && data["personal_api_key"] != nil && data["personal_api_key"] != "" {
		return drf.Text(data["personal_api_key"]), "request body", err
	}
	return c.query.Get("personal_api_key"), "request query string", err
}

// authorize runs the permissions in PostHog's order: scopes at all, an action
// that has one, pinning, the scope, membership, access level, payment.
func (c *call) authorize() *drf.Error {
	if c.route.scope == unscoped {
		return nil
	}
	if c.oauth() && len(c.cred.texts("scopes")) == 0 {
		return drf.Denied("OAuth token has no scopes and cannot access this resource")
	}
	if c.route.closed != nil && c.route.closed(&c.switches) {
		return drf.Denied("This action does not support personal API key access")
	}
	if err := c.checkPinning(); err != nil {
		return err
	}
	if !c.grants(c.route.scope) {
		return drf.Denied("API key missing required scope '" + c.route.scope + "'")
	}
	if err := c.checkMembership(); err != nil {
		return err
	}
	return c.checkPayment()
}

// checkPinning looks at what a credential is tied to. Loading the
// organisation for the ban on personal keys makes an unknown project a 404
// before a missing scope is a 403, for keys and for pinned tokens.
func (c *call) checkPinning() *drf.Error {
	if strings.HasPrefix(c.route.scope, "user:") {
		return nil
	}
	pinned := len(c.cred.ids("scoped_teams")) > 0 || len(c.cred.texts("scoped_organizations")) > 0
	if err := c.resolveOrganization(); err != nil {
		return err
	}
	if c.route.inProject && (!c.oauth() || pinned) {
		if err := c.resolveProject(); err != nil {
			return err
		}
	}
	if err := c.checkKeyBan(); err != nil {
		return err
	}
	if len(c.cred.ids("scoped_teams")) > 0 {
		if c.project == nil {
			return drf.Denied("API keys with scoped projects are only supported on project-based endpoints.")
		}
		if !slices.Contains(c.cred.ids("scoped_teams"), c.project.number("id")) {
			return drf.Denied(fmt.Sprintf("API key does not have access to the requested project: ID %d.", c.project.number("id")))
		}
	}
	if org := c.organizationID(); org != "" && len(c.cred.texts("scoped_organizations")) > 0 && !slices.Contains(c.cred.texts("scoped_organizations"), org) {
		return drf.Denied("API key does not have access to the requested organization: ID " + org + ".")
	}
	return nil
}

// organizationID is whose data the call is about; empty when the route is
// below no organisation.
func (c *call) organizationID() string {
	if c.project != nil {
		return c.project.text("organization")
	}
	return c.orgID
}

func (c *call) checkKeyBan() *drf.Error {
	org := c.find("organizations", 0, c.organizationID())
	if c.oauth() || c.organizationID() != orgHedgebox || !c.switches.PersonalKeysForbidden || level(org, c.user) >= levelAdmin {
		return nil
	}
	return drf.Denied("Organization '" + org.text("name") + "' does not allow using personal API keys. " +
		"Contact an admin to enable personal API keys for this organization.")
}

func (c *call) checkMembership() *drf.Error {
	if !c.route.inProject {
		return c.checkOrganizationMember()
	}
	if err := c.resolveProject(); err != nil {
		return err
	}
	if level(c.find("organizations", 0, c.project["organization"]), c.user) == 0 {
		return drf.Denied("You don't have access to the project.")
	}
	write := strings.HasSuffix(c.route.scope, ":write")
	if write && c.switches.MCPReadOnly && strings.Contains(c.r.UserAgent(), "posthog/mcp-server") {
		return drf.Denied("Your organization restricts MCP access to read-only. " +
			"An organization admin can change this in your organization settings.")
	}
	switch {
	case c.switches.AccessLevel == "none" && !write:
		return drf.Denied("You do not have viewer access to this resource.")
	case c.switches.AccessLevel != "editor" && write:
		return drf.Denied("You do not have editor access to this resource.")
	}
	return nil
}

// checkPayment is the gate that older servers have before subscriptions.
func (c *call) checkPayment() *drf.Error {
	if !c.route.premium || !c.gated() {
		return nil
	}
	detail := "To use it, subscribe to PostHog Cloud with a generous free tier."
	if c.switches.SelfHosted {
		detail = "Self-hosted licenses are no longer available for purchase. " +
			"Please contact sales@posthog.com to discuss options."
	}
	return drf.Failed(http.StatusPaymentRequired, "payment_required",
		"Subscriptions is part of the premium PostHog offering. "+detail)
}

func (c *call) gated() bool {
	return c.project.text("organization") != orgHedgebox || c.switches.PaymentGate
}
