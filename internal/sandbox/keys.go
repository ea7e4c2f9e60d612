package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"posthog-mcp/internal/sandbox/drf"
)

// The world's credentials. They open nothing but a sandbox.
const (
	// KeyAll may do everything that a member of the first organisation may.
	KeyAll = "phx_sandbox_all_scopes_000000000001"
	// KeyReadOnly has every read scope and no write scope.
	KeyReadOnly = "phx_sandbox_read_only_0000000000002"
	// KeySubscriptionsOnly has subscription:write, which includes reading.
	KeySubscriptionsOnly = "phx_sandbox_subscriptions_000000003"
	// KeyPinned has every scope in [ProjectMarketing] alone.
	KeyPinned = "phx_sandbox_pinned_project_00000004"
	// KeyPinnedOrganization has every scope in the second organisation alone,
	// of which its owner is a member too.
	KeyPinnedOrganization = "phx_sandbox_pinned_org_000000000005"
	// KeyPinnedReadOnly reads in [ProjectMarketing] of the first organisation
	// alone.
	KeyPinnedReadOnly = "phx_sandbox_pinned_read_only_00008"
	// KeyForeign has scopes, and none for what the sandbox serves.
	KeyForeign = "phx_sandbox_foreign_scopes_00000006"
	// KeyOutsider belongs to somebody of the second organisation only.
	KeyOutsider = "phx_sandbox_outsider_00000000000007"
	// KeyStaff belongs to PostHog's staff: it sees every user.
	KeyStaff = "phx_sandbox_staff_00000000000000008"
	// KeyAdmin belongs to the first organisation's owner.
	KeyAdmin = "phx_sandbox_admin_00000000000000009"
	// KeyLegacy is as old as keys without a prefix; all scopes.
	KeyLegacy = "sandboxLegacyKeyWithoutPrefix000010"

	// OAuthLive is an access token with all scopes used here, by name.
	OAuthLive = "pha_sandbox_live_00000000000000001"
	// OAuthExpired is past its hour.
	OAuthExpired = "pha_sandbox_expired_00000000000002"
	// OAuthDisabled belongs to a user who was switched off.
	OAuthDisabled = "pha_sandbox_disabled_user_00000003"
	// OAuthOrphan belongs to a user who is gone.
	OAuthOrphan = "pha_sandbox_orphan_000000000000004"
	// OAuthUnregistered belongs to an application that is gone.
	OAuthUnregistered = "pha_sandbox_no_application_0000005"
	// OAuthReadOnly has every read scope and no write scope.
	OAuthReadOnly = "pha_sandbox_read_only_000000000007"
	// OAuthPinned reads in [ProjectMarketing] alone.
	OAuthPinned = "pha_sandbox_pinned_project_00000008"
	// OAuthNoScopes is live and may do nothing.
	OAuthNoScopes = "pha_sandbox_no_scopes_000000000006"
)

// A credential is a personal key or an OAuth access token.
type credential struct {
	token         string
	label         string
	user          int64
	scopes        []string
	teams         []int64
	organizations []string
	oauth         bool
	// refused is the detail of the 401 that a known but dead token gets.
	refused string
}

const everything = "*"

// objects are what scopes of the sandbox speak of.
var objects = []string{
	"dashboard", "insight", "integration", "organization", "project", "query",
	"session_recording", "sharing_configuration", "subscription", "user",
}

func scopes(access string) []string {
	out := make([]string, len(objects))
	for i, o := range objects {
		out[i] = o + ":" + access
	}
	return out
}

// credentials are the world's, by token; they never change.
var credentials = sync.OnceValue(func() map[string]credential {
	all := []string{everything}
	out := map[string]credential{}
	for _, c := range []credential{
		{token: KeyAll, label: "Laptop", user: userMaya, scopes: all},
		{token: KeyReadOnly, label: "Weekly numbers (read)", user: userMaya, scopes: scopes("read")},
		{token: KeySubscriptionsOnly, label: "Report bot", user: userTomasz, scopes: []string{"subscription:write"}},
		{token: KeyPinned, label: "Website only", user: userMaya, scopes: all, teams: []int64{ProjectMarketing}},
		{token: KeyPinnedOrganization, label: "Spikeworks only", user: userPriya, scopes: all, organizations: []string{"0190a000-0000-7000-8000-0000000000b2"}},
		{token: KeyPinnedReadOnly, label: "Website numbers", user: userMaya, scopes: scopes("read"),
			teams: []int64{ProjectMarketing}, organizations: []string{orgHedgebox}},
		{token: KeyForeign, label: "Flag deployer", user: userMaya, scopes: []string{"feature_flag:write", "experiment:read"}},
		{token: KeyOutsider, label: "Spikeworks laptop", user: userJonas, scopes: all},
		{token: KeyStaff, label: "Support", user: userHana, scopes: all},
		{token: KeyAdmin, label: "Owner", user: userPriya, scopes: all},
		{token: KeyLegacy, label: "Old cron job", user: userDiego, scopes: all},
		{token: OAuthLive, label: "Claude", user: userMaya, scopes: scopes("write"), oauth: true},
		{token: OAuthReadOnly, label: "Claude", user: userMaya, scopes: scopes("read"), oauth: true},
		{token: OAuthPinned, label: "Claude", user: userMaya, scopes: scopes("read"), teams: []int64{ProjectMarketing}, oauth: true},
		{token: OAuthExpired, user: userMaya, oauth: true, refused: "Access token has expired."},
		{token: OAuthDisabled, user: userElena, oauth: true, refused: "User associated with access token is disabled."},
		{token: OAuthOrphan, oauth: true, refused: "User associated with access token not found."},
		{token: OAuthUnregistered, oauth: true, refused: "Access token is not associated with a valid application."},
		{token: OAuthNoScopes, label: "Claude", user: userMaya, oauth: true},
	} {
		out[c.token] = c
	}
	return out
})

// The people whom credentials belong to.
const (
	userMaya   int64 = 501
	userTomasz int64 = 502
	userPriya  int64 = 503
	userDiego  int64 = 504
	userHana   int64 = 505
	userJonas  int64 = 507
	userElena  int64 = 508
)

// grants says whether the credential covers the scope: a write includes the
// read of the same object, and nothing else implies anything.
func (c *credential) grants(scope string) bool {
	if slices.Contains(c.scopes, everything) || slices.Contains(c.scopes, scope) {
		return true
	}
	object, isRead := strings.CutSuffix(scope, ":read")
	return isRead && slices.Contains(c.scopes, object+":write")
}

// mask is how the API shows a key.
func (c *credential) mask() string {
	return fmt.Sprintf("%s...%s", c.token[:4], c.token[len(c.token)-4:])
}

// refuseKeys is what a key meets that asks about other keys.
func refuseKeys(*call) reply {
	return failed(drf.Denied("This action does not support Personal API Key access"))
}

// getKey lets a key look at itself, whatever its scopes; the key is never in
// the answer. Tokens are unknown there.
func getKey(c *call) reply {
	k := c.cred
	switch {
	case k.oauth:
		return c.refuse(notAuthenticated())
	case c.values["id"] != "@current":
		return refuseKeys(c)
	}
	return ok(c.show("key", row{
		"id": k.token[len(k.token)-6:], "label": k.label, "mask_value": k.mask(), "last_used_at": c.now, "user_id": k.user,
		"scopes": k.scopes, "scoped_teams": k.teams, "scoped_organizations": k.organizations,
	}))
}
