package sandbox

import (
	"net/http"
	"strconv"
	"strings"

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
	status     int // of success, if it is not 200
	segments   []string
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
)

// routes is the whole API, in the order of its documentation.
func routes() []route {
	table := []route{
		{method: "GET", pattern: sharingPath, scope: "sharing_configuration:read", handle: getSharing},
		{method: "PATCH", pattern: sharingPath, scope: "sharing_configuration:write", handle: patchSharing},
		{method: "POST", pattern: sharingPath + "/passwords", scope: "sharing_configuration:write", handle: createPassword, status: http.StatusCreated},
		{method: "DELETE", pattern: sharingPath + "/passwords/{password}", scope: "sharing_configuration:write", handle: deletePassword, status: http.StatusNoContent},
		{method: "POST", pattern: sharingPath + "/refresh", scope: "sharing_configuration:write", handle: refreshSharing},

		{method: "GET", pattern: subscriptionPath, scope: "subscription:read", handle: listSubscriptions},
		{method: "POST", pattern: subscriptionPath, scope: "subscription:write", handle: createSubscription, status: http.StatusCreated},
		{method: "GET", pattern: subscriptionPath + "/summary_quota", scope: "subscription:read", handle: summaryQuota},
		{method: "GET", pattern: oneSubscription, scope: "subscription:read", handle: getSubscription},
		{method: "PATCH", pattern: oneSubscription, scope: "subscription:write", handle: changeSubscription, throttling: perChange},
		{method: "DELETE", pattern: oneSubscription, scope: "subscription:write", handle: forbidDestroy},
		{method: "POST", pattern: oneSubscription + "/test-delivery", scope: "subscription:write", handle: sendTestDelivery, throttling: perTeam, status: http.StatusAccepted},

		{method: "GET", pattern: "/api/users", scope: "user:read", handle: listUsers, throttling: perPassword},
		{method: "GET", pattern: userPath, scope: "user:read", handle: getUser, throttling: perPassword},
		{method: "PATCH", pattern: userPath, scope: "user:write", handle: patchUser, throttling: perPassword},
		{method: "DELETE", pattern: userPath},
		{method: "POST", pattern: userPath + "/credentials_review_complete"},
		{method: "GET", pattern: userPath + "/github_login", scope: "user:read", handle: getGitHubLogin, throttling: perPassword},
		{method: "GET", pattern: hedgehogPath, scope: "user:read", handle: getHedgehog, throttling: unthrottled},
		{method: "PATCH", pattern: hedgehogPath, scope: "user:write", handle: patchHedgehog, throttling: unthrottled},

		// The look-ups: ids by name, channels, history, scopes of a key.
		{method: "GET", pattern: projectPath + "/dashboards", scope: "dashboard:read", handle: listDashboards},
		{method: "GET", pattern: projectPath + "/dashboards/{id}", scope: "dashboard:read", handle: getDashboard},
		{method: "GET", pattern: projectPath + "/insights", scope: "insight:read", handle: listInsights, throttling: perQuery},
		{method: "GET", pattern: projectPath + "/insights/{id}", scope: "insight:read", handle: getInsight, throttling: perQuery},
		{method: "GET", pattern: projectPath + "/integrations", scope: integrationRead, handle: listIntegrations},
		{method: "GET", pattern: projectPath + "/integrations/{id}/channels", scope: integrationRead, handle: listChannels},
		{method: "GET", pattern: deliveriesPath, scope: "subscription:read", handle: listDeliveries},
		{method: "GET", pattern: deliveriesPath + "/{delivery}", scope: "subscription:read", handle: getDelivery},
		{method: "GET", pattern: recordingPath, scope: "session_recording:read", handle: getRecording, throttling: perQuery},
		{method: "GET", pattern: "/api/projects", scope: "project:read", handle: listProjects},
		{method: "GET", pattern: projectPath, scope: "project:read", handle: getProject},
		{method: "GET", pattern: "/api/organizations/{organization}/members", scope: "organization_member:read", handle: listMembers},
		{method: "GET", pattern: "/api/personal_api_keys/@current", scope: unscoped, handle: getKey, throttling: unthrottled},
		{method: "POST", pattern: "/oauth/introspect", scope: unscoped, handle: introspect, throttling: unthrottled},
		{method: "GET", pattern: resourceMetadata, scope: public, handle: describe("oauth_resource")},
		{method: "GET", pattern: "/.well-known/oauth-authorization-server", scope: public, handle: describe("oauth_server")},
		{method: "POST", pattern: "/shared/{token}", scope: public, handle: unlockShare},
	}
	for i := range table {
		table[i].segments = strings.Split(table[i].pattern[1:], "/")
	}
	return table
}

// find returns the route of a call, or else one with the same path; nil for none. In the table a pattern with a literal
// segment stands before one with a value in that place.
func (s *Sandbox) find(method, path string) (found *route, values map[string]string) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i := range s.routes {
		r := &s.routes[i]
		bound := r.bind(segments)
		switch {
		case bound == nil || found != nil && r.pattern != found.pattern:
		case r.method == method:
			return r, bound
		default:
			found, values = r, bound
		}
	}
	return found, values
}

// bind returns the path's values by the names in the pattern; nil if the path does not match. A value has no full
// stop.
func (r *route) bind(segments []string) map[string]string {
	if len(segments) != len(r.segments) {
		return nil
	}
	values := map[string]string{}
	for i, want := range r.segments {
		name, isValue := strings.CutPrefix(want, "{")
		switch {
		case isValue && segments[i] != "" && !strings.Contains(segments[i], "."):
			values[strings.TrimSuffix(name, "}")] = segments[i]
		case isValue || want != segments[i]:
			return nil
		}
	}
	return values
}

// resolveProject loads the project in the path and its organisation, once.
func (c *call) resolveProject() {
	id, _ := strconv.ParseUint(c.values["project"], 10, 32)
	switch {
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

// resolveOrganization loads the organisation in the path, if it has one.
func (c *call) resolveOrganization() {
	id, named := c.values["organization"]
	if !named {
		return
	}
	if id == "@current" {
		id = c.user.text("organization")
	}
	c.organization = c.find("organizations", 0, strings.ToLower(id))
	refuse(c.organization == nil, drf.Missing("Organization not found."))
}
