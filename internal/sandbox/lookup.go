package sandbox

import (
	"strings"
	"unicode/utf8"

	"posthog-mcp/internal/sandbox/drf"
)

const (
	deliveriesPath   = subscriptionPath + "/{id}/deliveries"
	recordingsPath   = projectPath + "/session_recordings"
	organizationPath = "/api/organizations/{organization}"
	channelsPath     = projectPath + "/integrations/{id}/channels"
)

// lookups are the routes with which an agent finds what the operations are
// about: ids by name, channels, history, what a key may do.
func lookups() []route {
	return []route{
		{method: "GET", pattern: projectPath + "/dashboards", scope: "dashboard:read", handle: listDashboards},
		{method: "GET", pattern: projectPath + "/dashboards/{id}", scope: "dashboard:read", handle: getDashboard},
		{method: "GET", pattern: projectPath + "/insights", scope: "insight:read", handle: listInsights, throttling: perQuery},
		{method: "GET", pattern: projectPath + "/insights/{id}", scope: "insight:read", handle: getInsight, throttling: perQuery},
		{method: "GET", pattern: projectPath + "/integrations", scope: "integration:read", handle: listIntegrations, closed: integrationsClosed},
		{method: "GET", pattern: channelsPath, scope: "integration:read", handle: listChannels, closed: integrationsClosed},
		{method: "GET", pattern: deliveriesPath, scope: "subscription:read", handle: listDeliveries, premium: true},
		{method: "GET", pattern: deliveriesPath + "/{delivery}", scope: "subscription:read", handle: getDelivery, premium: true},
		{method: "GET", pattern: "/api/projects", scope: "project:read", handle: listProjects},
		{method: "GET", pattern: projectPath, scope: "project:read", handle: getProject},
		{method: "GET", pattern: organizationPath, scope: "organization:read", handle: getOrganization},
		{method: "GET", pattern: organizationPath + "/projects", scope: "project:read", handle: listProjects},
		{method: "GET", pattern: recordingsPath, scope: "session_recording:read", handle: listRecordings, throttling: perListing},
		{method: "GET", pattern: recordingsPath + "/{recording}", scope: "session_recording:read", handle: getRecording, throttling: perQuery},
		{method: "GET", pattern: "/api/personal_api_keys", scope: unscoped, handle: refuseKeys, throttling: unthrottled},
		{method: "GET", pattern: "/api/personal_api_keys/{id}", scope: unscoped, handle: getKey, throttling: unthrottled},
		{method: "POST", pattern: "/oauth/introspect", scope: unscoped, handle: introspect, throttling: unthrottled},
		{method: "GET", pattern: resourceMetadata, handle: describeResource, public: true},
		{method: "GET", pattern: "/.well-known/oauth-authorization-server", handle: describeServer, public: true},
		{method: "POST", pattern: "/shared/{token}", handle: unlockShare, public: true},
	}
}

const longestSearch = 200

// searchText is the query's search; too long a one is an error.
func (c *call) searchText() (string, *drf.Error) {
	text := c.query.Get("search")
	if utf8.RuneCountInString(text) > longestSearch {
		return "", drf.Invalid("search", "Search query must be 200 characters or fewer.")
	}
	return strings.ToLower(text), nil
}

// How a search found something.
const (
	exactMatch   foundAs = "exact"
	similarMatch foundAs = "similar"
)

// match says how the text is found in the names; empty for not at all.
func match(text string, names ...string) foundAs {
	found := foundAs("")
	for _, name := range names {
		name = strings.ToLower(name)
		if strings.Contains(name, text) {
			return exactMatch
		}
		if similarity(text, name) >= 0.3 {
			found = similarMatch
		}
	}
	return found
}

// similarity is PostgreSQL's: shared trigrams of both texts, of all.
func similarity(a, b string) float64 {
	left, right := trigrams(a), trigrams(b)
	shared := 0
	for t := range left {
		if right[t] {
			shared++
		}
	}
	all := len(left) + len(right) - shared
	if all == 0 {
		return 0
	}
	return float64(shared) / float64(all)
}

func trigrams(text string) map[string]bool {
	out := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		runes := []rune("  " + word + " ")
		for i := range len(runes) - 2 {
			out[string(runes[i:i+3])] = true
		}
	}
	return out
}

// resolveOrganization finds the organisation that the path names.
func (c *call) resolveOrganization() *drf.Error {
	id, named := c.values["organization"]
	if !named {
		return nil
	}
	if id == "@current" {
		id = c.user.org
	}
	org := c.organizations[strings.ToLower(id)]
	if org == nil {
		return drf.Missing("Organization not found.")
	}
	c.orgID = org.id
	return nil
}

func (c *call) checkOrganizationMember() *drf.Error {
	if c.orgID != "" && c.organizations[c.orgID].members[c.user.ID] == 0 {
		return drf.Denied("You do not have permission to perform this action.")
	}
	return nil
}

func getOrganization(c *call) reply {
	return ok(c.showOrganization(c.organizations[c.orgID], c.user))
}

// refuseKeys is what a key meets that asks about other keys.
func refuseKeys(*call) reply {
	return failed(drf.Denied("This action does not support Personal API Key access"))
}

// A keyView is a personal key as it sees itself; the key is never in it.
type keyView struct {
	ID            string    `json:"id"`
	Label         string    `json:"label"`
	Value         *string   `json:"value"`
	Mask          string    `json:"mask_value"`
	CreatedAt     drf.Time  `json:"created_at"`
	LastUsedAt    drf.Time  `json:"last_used_at"`
	UserID        int64     `json:"user_id"`
	Scopes        []string  `json:"scopes"`
	Teams         []int64   `json:"scoped_teams"`
	Organizations []string  `json:"scoped_organizations"`
	LastRolledAt  *drf.Time `json:"last_rolled_at"`
}

// getKey lets a key look at itself, whatever its scopes. Tokens are unknown
// there.
func getKey(c *call) reply {
	switch {
	case c.cred.oauth:
		return c.refuse(notAuthenticated())
	case c.values["id"] != "@current":
		return refuseKeys(c)
	}
	k := c.cred
	return ok(keyView{
		ID: k.token[len(k.token)-6:], Label: k.label, Mask: k.mask(), CreatedAt: moment("2025-01-10T09:00:00Z"),
		LastUsedAt: drf.Time{Time: c.now}, UserID: k.user, Scopes: k.scopes, Teams: k.teams, Organizations: k.organizations,
	})
}

// list is never null in JSON.
func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}
