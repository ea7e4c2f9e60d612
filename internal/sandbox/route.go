package sandbox

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"posthog-mcp/internal/sandbox/drf"
)

// The scopes of routes that any valid key may use, and of those that ask for no key.
const unscoped, public = "any key", "nobody"

// A route is one operation of the API.
type route struct {
	method  string
	pattern string // a segment in braces matches any segment and binds it as a path value
	scope   string
	// handle returns the body of the answer. Without it the route is for sessions: a caller with a key is not
	// authenticated.
	handle     func(*call) any
	throttling string
	status     int            // of success, if it is not 200
	form       *regexp.Regexp // of the path, with the pattern's values as groups
}

func (r *route) inProject() bool { return strings.HasPrefix(r.pattern, projectPath) }

// premium reports whether the route is behind the payment gate.
func (r *route) premium() bool { return strings.HasPrefix(r.pattern, subscriptionPath) }

const (
	projectPath      = "/api/projects/{project}"
	subscriptionPath = projectPath + "/subscriptions"
	oneSubscription  = subscriptionPath + "/{id}"
	deliveriesPath   = oneSubscription + "/deliveries"
	recordingPath    = projectPath + "/session_recordings/{recording}"
	sharingPath      = recordingPath + "/sharing"
	userPath         = "/api/users/{uuid}"
	hedgehogPath     = userPath + "/hedgehog_config"
	membersPath      = "/api/organizations/@current/members"
)

// routes is the whole API, in the order of its documentation.
var routes = sync.OnceValue(func() []route {
	table := []route{
		{method: "GET", pattern: sharingPath, scope: "sharing_configuration:read", handle: one("share", (*call).share)},
		{method: "PATCH", pattern: sharingPath, scope: "sharing_configuration:write", handle: patchSharing},
		{method: "POST", pattern: sharingPath + "/passwords", scope: "sharing_configuration:write", handle: createPassword, status: http.StatusCreated},
		{method: "DELETE", pattern: sharingPath + "/passwords/{password}", scope: "sharing_configuration:write", handle: deletePassword, status: http.StatusNoContent},
		{method: "POST", pattern: sharingPath + "/refresh", scope: "sharing_configuration:write", handle: refreshSharing},

		{method: "GET", pattern: subscriptionPath, scope: "subscription:read", handle: listSubscriptions},
		{method: "POST", pattern: subscriptionPath, scope: "subscription:write", handle: createSubscription, status: http.StatusCreated},
		{method: "GET", pattern: subscriptionPath + "/summary_quota", scope: "subscription:read", handle: summaryQuota},
		{method: "GET", pattern: oneSubscription, scope: "subscription:read", handle: one("subscription", (*call).subscription)},
		{method: "PATCH", pattern: oneSubscription, scope: "subscription:write", handle: changeSubscription, throttling: perChange},
		// Rows are only marked as deleted. A DELETE gets 405 without a body, even for unknown ids.
		{method: "DELETE", pattern: oneSubscription, scope: "subscription:write", handle: func(*call) any { return nil }, status: http.StatusMethodNotAllowed},
		{method: "POST", pattern: oneSubscription + "/test-delivery", scope: "subscription:write", handle: sendTestDelivery, throttling: perTeam, status: http.StatusAccepted},

		{method: "GET", pattern: "/api/users", scope: "user:read", handle: listUsers, throttling: perPassword},
		{method: "GET", pattern: userPath, scope: "user:read", handle: one("user", (*call).pathUser), throttling: perPassword},
		{method: "PATCH", pattern: userPath, scope: "user:write", handle: patchUser, throttling: perPassword},
		{method: "DELETE", pattern: userPath},
		{method: "POST", pattern: userPath + "/credentials_review_complete"},
		{method: "GET", pattern: userPath + "/github_login", scope: "user:read", handle: one("github_login", (*call).pathUser), throttling: perPassword},
		{method: "GET", pattern: hedgehogPath, scope: "user:read", handle: getHedgehog, throttling: unthrottled},
		{method: "PATCH", pattern: hedgehogPath, scope: "user:write", handle: patchHedgehog, throttling: unthrottled},

		// The look-ups: ids by name, channels, history, scopes of a key.
		{method: "GET", pattern: projectPath + "/dashboards", scope: "dashboard:read", handle: listDashboards},
		{method: "GET", pattern: projectPath + "/dashboards/{id}", scope: "dashboard:read", handle: one("dashboard_detail", (*call).dashboard)},
		{method: "GET", pattern: projectPath + "/insights", scope: "insight:read", handle: listInsights, throttling: perQuery},
		{method: "GET", pattern: projectPath + "/insights/{id}", scope: "insight:read", handle: func(c *call) any { return c.show(c.insightKind(), c.insight()) }, throttling: perQuery},
		{method: "GET", pattern: projectPath + "/integrations", scope: integrationRead, handle: listIntegrations},
		{method: "GET", pattern: projectPath + "/integrations/{id}/channels", scope: integrationRead, handle: listChannels},
		{method: "GET", pattern: deliveriesPath, scope: "subscription:read", handle: listDeliveries},
		{method: "GET", pattern: deliveriesPath + "/{delivery}", scope: "subscription:read", handle: one("delivery", (*call).delivery)},
		{method: "GET", pattern: recordingPath, scope: "session_recording:read", handle: one("recording", (*call).recording), throttling: perQuery},
		{method: "GET", pattern: "/api/projects", scope: "project:read", handle: listProjects},
		{method: "GET", pattern: projectPath, scope: "project:read", handle: one("project_detail", func(c *call) row { return c.project })},
		{method: "GET", pattern: membersPath, scope: "organization_member:read", handle: listMembers},
		{method: "GET", pattern: "/api/personal_api_keys/@current", scope: unscoped, handle: getKey, throttling: unthrottled},
		{method: "POST", pattern: "/oauth/introspect", scope: unscoped, handle: introspect, throttling: unthrottled},
		{method: "GET", pattern: resourceMetadata, scope: public, handle: describe("oauth_resource")},
		{method: "GET", pattern: "/.well-known/oauth-authorization-server", scope: public, handle: describe("oauth_server")},
		{method: "POST", pattern: "/shared/{token}", scope: public, handle: unlockShare},
	}
	inBraces := regexp.MustCompile(`\{([a-z]+)\}`)
	for i := range table {
		table[i].form = regexp.MustCompile("^" + inBraces.ReplaceAllString(table[i].pattern, "(?P<$1>[^/.]+)") + "/?$")
	}
	return table
})

// find returns the route of a call with the path's values, or else one with the same path; nil for none. In the table a
// pattern with a literal segment stands before one with a value in that place. A value has no full stop.
func find(method, path string) (found *route, values map[string]string) {
	for i := range routes() {
		r := &routes()[i]
		groups := r.form.FindStringSubmatch(path)
		if groups == nil || found != nil && (r.pattern != found.pattern || r.method != method) {
			continue
		}
		found, values = r, map[string]string{}
		for n, name := range r.form.SubexpNames() {
			values[name] = groups[n]
		}
		if r.method == method {
			break
		}
	}
	return found, values
}

// resolve loads the project in the path, once, and the organisation.
func (c *call) resolve() {
	id, _ := strconv.ParseUint(c.values["project"], 10, 32)
	switch {
	case c.route.pattern == membersPath:
		c.organization = c.by("organizations", "id", c.user["organization"])
		return
	case !c.route.inProject() || c.project != nil:
		return
	case c.values["project"] == "@current":
		c.project = c.by("projects", "id", c.user["team"])
	default:
		c.project = c.by("projects", "id", int64(id))
	}
	refuse(c.project == nil, drf.Missing("Project not found."))
	c.organization = c.by("organizations", "id", c.project["organization"])
}
