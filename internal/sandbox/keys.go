package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"posthog-mcp/internal/sandbox/drf"
)

// The world's credentials. They open nothing but a sandbox.
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

// refuseKeys refuses a key that asks about other keys.
func refuseKeys(*call) reply {
	return failed(drf.Denied("This action does not support Personal API Key access"))
}

// getKey describes the calling key, with any scopes. The key itself is never in the
// answer. OAuth tokens are unknown here.
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

// supported returns the scopes that the sandbox's routes require.
var supported = sync.OnceValue(func() (scopes []string) {
	for _, access := range []string{"read", "write"} {
		for _, object := range rules().Choices["scope_objects"] {
			scopes = append(scopes, object+":"+access)
		}
	}
	return scopes
})

// describe answers with a document of RFC 9728 or RFC 8414: this host is its own
// authorisation server. Of its endpoints, that of OpenID (userinfo) is not served.
func describe(document string) func(*call) reply {
	return func(c *call) reply {
		doc := raw(c.show(document, row{"scopes_supported": supported()}))
		return ok(json.RawMessage(bytes.ReplaceAll(doc, []byte("BASE"), []byte(c.base))))
	}
}
