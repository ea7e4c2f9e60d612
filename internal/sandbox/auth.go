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

// bearer is PostHog's own expression. It is case-sensitive, so that "bearer",
// "Token" and "Basic" count as no credentials.
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

// sentToken reads the body only if no header has a key. Then an unreadable body is
// reported before the missing key.
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

// isOAuth reports whether a token is an OAuth token and not a personal key.
func isOAuth(token string) bool { return strings.HasPrefix(token, "pha_") }

// oauth reports whether the caller sent an OAuth token.
func (c *call) oauth() bool { return isOAuth(c.cred.text("token")) }

// notAuthenticated is the 401 for a caller without credentials that the route knows.
func notAuthenticated() *drf.Error {
	return drf.Unauthenticated("not_authenticated", "Authentication credentials were not provided.")
}

func refusedToken(detail string) *drf.Error {
	return drf.Unauthenticated("authentication_failed", detail)
}

// first runs the checks until one fails, and returns its error.
func first(checks ...func() *drf.Error) *drf.Error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// authorize runs the permissions in PostHog's order.
func (c *call) authorize() *drf.Error {
	if c.route.scope == unscoped {
		return nil
	}
	return first(c.checkAction, c.checkPinning, c.checkScope, c.checkMembership, c.checkPayment)
}

// checkAction refuses an OAuth token without scopes, and an action that keys cannot
// use.
func (c *call) checkAction() *drf.Error {
	switch {
	case c.oauth() && len(c.cred.texts("scopes")) == 0:
		return drf.Denied("OAuth token has no scopes and cannot access this resource")
	case c.route.scope == "integration:read" && c.switches.Integrations == "old":
		return drf.Denied("This action does not support personal API key access")
	}
	return nil
}

// checkPinning checks the project or organisation that a credential is limited to.
// It also loads the organisation for the ban on personal keys. So for keys and for
// limited tokens, an unknown project is a 404 before a missing scope is a 403.
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

// checkScope checks the scope. A write scope includes reading the same object; no
// other scope includes another.
func (c *call) checkScope() *drf.Error {
	object, isRead := strings.CutSuffix(c.route.scope, ":read")
	if slices.ContainsFunc(c.cred.texts("scopes"), func(has string) bool {
		return has == "*" || has == c.route.scope || isRead && has == object+":write"
	}) {
		return nil
	}
	return drf.Denied("API key missing required scope '" + c.route.scope + "'")
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

// checkPayment is the payment gate that older servers have for subscriptions.
func (c *call) checkPayment() *drf.Error {
	if !c.route.premium || c.organization["id"] == orgHedgebox && !c.switches.PaymentGate {
		return nil
	}
	detail := "To use it, subscribe to PostHog Cloud with a generous free tier."
	if c.switches.SelfHosted {
		detail = "Self-hosted licenses are no longer available for purchase. Please contact sales@posthog.com to discuss options."
	}
	return drf.Failed(http.StatusPaymentRequired, "payment_required", "Subscriptions is part of the premium PostHog offering. "+detail)
}
