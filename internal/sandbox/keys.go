package sandbox

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
