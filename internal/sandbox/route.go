package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"posthog-mcp/internal/sandbox/drf"
)

// unscoped marks a route that any valid key may use.
const unscoped = "-"

// A route is one operation of the API.
type route struct {
	method  string
	pattern string // a segment in braces matches any segment and binds it as a path value
	scope   string
	handle  func(*call) reply
	premium bool // routes are behind the payment gate
	// sessionOnly routes ignore keys: a caller with one is not authenticated.
	sessionOnly bool
	public      bool // routes ask for no credentials
	throttling  string
	inProject   bool
	segments    []string
}

const (
	projectPath      = "/api/projects/{project}"
	subscriptionPath = projectPath + "/subscriptions"
	sharingPath      = projectPath + "/session_recordings/{recording}/sharing"
	userPath         = "/api/users/{uuid}"
	deliveriesPath   = subscriptionPath + "/{id}/deliveries"
	recordingsPath   = projectPath + "/session_recordings"
	organizationPath = "/api/organizations/{organization}"
)

// routes is the whole API, in the order of its documentation.
func routes() []route {
	table := []route{
		{method: "GET", pattern: sharingPath, scope: "sharing_configuration:read", handle: getSharing},
		{method: "PATCH", pattern: sharingPath, scope: "sharing_configuration:write", handle: withSharing(patchSharing)},
		{method: "POST", pattern: sharingPath + "/passwords", scope: "sharing_configuration:write", handle: withSharing(createPassword)},
		{method: "DELETE", pattern: sharingPath + "/passwords/{password}", scope: "sharing_configuration:write", handle: deletePassword},
		{method: "POST", pattern: sharingPath + "/refresh", scope: "sharing_configuration:write", handle: withSharing(refreshSharing)},

		{method: "GET", pattern: subscriptionPath, scope: "subscription:read", handle: listSubscriptions, premium: true},
		{method: "POST", pattern: subscriptionPath, scope: "subscription:write", handle: writeSubscription(http.StatusCreated, false), premium: true},
		{method: "GET", pattern: subscriptionPath + "/summary_quota", scope: "subscription:read", handle: summaryQuota, premium: true},
		{method: "GET", pattern: subscriptionPath + "/{id}", scope: "subscription:read", handle: getSubscription, premium: true},
		{method: "PUT", pattern: subscriptionPath + "/{id}", scope: "subscription:write", handle: writeSubscription(http.StatusOK, false), premium: true, throttling: perChange},
		{method: "PATCH", pattern: subscriptionPath + "/{id}", scope: "subscription:write", handle: writeSubscription(http.StatusOK, true), premium: true, throttling: perChange},
		{method: "DELETE", pattern: subscriptionPath + "/{id}", scope: "subscription:write", handle: forbidDestroy, premium: true},
		{method: "POST", pattern: subscriptionPath + "/{id}/test-delivery", scope: "subscription:write", handle: sendTestDelivery,
			premium: true, throttling: perTeam},

		{method: "GET", pattern: "/api/users", scope: "user:read", handle: listUsers, throttling: perPassword},
		{method: "GET", pattern: userPath, scope: "user:read", handle: withUser(getUser), throttling: perPassword},
		{method: "PUT", pattern: userPath, scope: "user:write", handle: withUser(patchUser), throttling: perPassword},
		{method: "PATCH", pattern: userPath, scope: "user:write", handle: withUser(patchUser), throttling: perPassword},
		{method: "DELETE", pattern: userPath, sessionOnly: true},
		{method: "POST", pattern: userPath + "/credentials_review_complete", sessionOnly: true},
		{method: "GET", pattern: userPath + "/github_login", scope: "user:read", handle: withUser(getGitHubLogin), throttling: perPassword},
		{method: "GET", pattern: userPath + "/hedgehog_config", scope: "user:read", handle: withUser(getHedgehog), throttling: unthrottled},
		{method: "PATCH", pattern: userPath + "/hedgehog_config", scope: "user:write", handle: withUser(patchHedgehog), throttling: unthrottled},

		// The look-ups: ids by name, channels, history, scopes of a key.
		{method: "GET", pattern: projectPath + "/dashboards", scope: "dashboard:read", handle: listDashboards},
		{method: "GET", pattern: projectPath + "/dashboards/{id}", scope: "dashboard:read", handle: getDashboard},
		{method: "GET", pattern: projectPath + "/insights", scope: "insight:read", handle: listInsights, throttling: perQuery},
		{method: "GET", pattern: projectPath + "/insights/{id}", scope: "insight:read", handle: getInsight, throttling: perQuery},
		{method: "GET", pattern: projectPath + "/integrations", scope: "integration:read", handle: listIntegrations},
		{method: "GET", pattern: projectPath + "/integrations/{id}/channels", scope: "integration:read", handle: listChannels},
		{method: "GET", pattern: deliveriesPath, scope: "subscription:read", handle: listDeliveries, premium: true},
		{method: "GET", pattern: deliveriesPath + "/{delivery}", scope: "subscription:read", handle: getDelivery, premium: true},
		{method: "GET", pattern: "/api/projects", scope: "project:read", handle: listProjects},
		{method: "GET", pattern: projectPath, scope: "project:read", handle: getProject},
		{method: "GET", pattern: organizationPath, scope: "organization:read", handle: getOrganization},
		{method: "GET", pattern: organizationPath + "/members", scope: "organization_member:read", handle: listMembers},
		{method: "GET", pattern: organizationPath + "/projects", scope: "project:read", handle: listProjects},
		{method: "GET", pattern: recordingsPath, scope: "session_recording:read", handle: listRecordings, throttling: perListing},
		{method: "GET", pattern: recordingsPath + "/{recording}", scope: "session_recording:read", handle: getRecording, throttling: perQuery},
		{method: "GET", pattern: "/api/personal_api_keys", scope: unscoped, handle: refuseKeys, throttling: unthrottled},
		{method: "GET", pattern: "/api/personal_api_keys/{id}", scope: unscoped, handle: getKey, throttling: unthrottled},
		{method: "POST", pattern: "/oauth/introspect", scope: unscoped, handle: withBody(introspect), throttling: unthrottled},
		{method: "GET", pattern: resourceMetadata, handle: describe("oauth_resource"), public: true},
		{method: "GET", pattern: "/.well-known/oauth-authorization-server", handle: describe("oauth_server"), public: true},
		{method: "POST", pattern: "/shared/{token}", handle: withBody(unlockShare), public: true},
	}
	for i := range table {
		table[i].segments = strings.Split(table[i].pattern[1:], "/")
		table[i].inProject = strings.HasPrefix(table[i].pattern, projectPath)
	}
	return table
}

// find returns the route of a call, or else one with the same path, and the methods of the path. In the table a
// pattern with a literal segment stands before one with a value in that place.
func (s *Sandbox) find(method, path string) (found *route, values map[string]string, allowed []string) {
	segments := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for i := range s.routes {
		r := &s.routes[i]
		bound := r.bind(segments)
		if bound == nil || found != nil && r.pattern != found.pattern {
			continue
		}
		allowed = append(allowed, r.method)
		if found == nil || r.method == method {
			found, values = r, bound
		}
	}
	return found, values, allowed
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

// allow returns the Allow header of every answer, in the framework's order.
func allow(methods []string) string {
	all := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	known := slices.DeleteFunc(all, func(m string) bool { return !slices.Contains(methods, m) })
	return strings.Join(append(known, "HEAD", "OPTIONS"), ", ")
}

func (c *call) resolveProject() *drf.Error {
	token := c.projectToken()
	switch raw := c.values["project"]; {
	case c.project != nil:
		return nil
	case token != "":
		c.project = c.by("projects", "api_token", token)
	case raw == "@current":
		c.project = c.by("projects", "id", c.user["team"])
	default:
		id, _ := strconv.ParseUint(raw, 10, 32)
		c.project = c.by("projects", "id", int64(id))
	}
	switch {
	case c.project == nil && token != "":
		return refusedToken("Incorrect authentication credentials.")
	case c.project == nil:
		return drf.Missing("Project not found.")
	}
	c.organization = c.by("organizations", "id", c.project["organization"])
	return nil
}

// projectToken returns a project's own token, which overrides the path: PostHog reads token or api_key in the query
// of a GET, or in a posted form.
func (c *call) projectToken() string {
	read := c.query.Get
	switch {
	case c.r.Method == http.MethodPost && c.isForm():
		read = row(c.form()).text
	case c.r.Method != http.MethodGet:
		return ""
	}
	return cmp.Or(read("token"), read("api_key"))
}
