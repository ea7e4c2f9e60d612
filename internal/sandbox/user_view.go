package sandbox

import (
	"encoding/json"

	"posthog-mcp/internal/sandbox/drf"
)

// userView is a user's object, in the API's order. Passwords and what sets
// the current project are write-only and not in it.
type userView struct {
	DateJoined            drf.Time                   `json:"date_joined"`
	UUID                  string                     `json:"uuid"`
	DistinctID            string                     `json:"distinct_id"`
	FirstName             string                     `json:"first_name"`
	LastName              string                     `json:"last_name"`
	Email                 string                     `json:"email"`
	PendingEmail          *string                    `json:"pending_email"`
	IsEmailVerified       *bool                      `json:"is_email_verified"`
	Notifications         map[string]json.RawMessage `json:"notification_settings"`
	AnonymizeData         *bool                      `json:"anonymize_data"`
	AllowImpersonation    *bool                      `json:"allow_impersonation"`
	ToolbarMode           *string                    `json:"toolbar_mode"`
	HasPassword           bool                       `json:"has_password"`
	ID                    int64                      `json:"id"`
	IsStaff               bool                       `json:"is_staff"`
	IsImpersonated        bool                       `json:"is_impersonated"`
	ImpersonatedUntil     *string                    `json:"is_impersonated_until"`
	ImpersonatedReadOnly  *bool                      `json:"is_impersonated_read_only"`
	SessionExpires        *string                    `json:"sensitive_session_expires_at"`
	Team                  *project                   `json:"team"`
	Organization          *organizationView          `json:"organization"`
	Organizations         []organizationBrief        `json:"organizations"`
	EventsColumns         json.RawMessage            `json:"events_column_config"`
	Is2FAEnabled          bool                       `json:"is_2fa_enabled"`
	HasSocialAuth         bool                       `json:"has_social_auth"`
	HasSSOEnforcement     bool                       `json:"has_sso_enforcement"`
	SeenFor               json.RawMessage            `json:"has_seen_product_intro_for"`
	ScenePersonalisation  []any                      `json:"scene_personalisation"`
	ThemeMode             *string                    `json:"theme_mode"`
	Hedgehog              json.RawMessage            `json:"hedgehog_config"`
	AllowSuggestions      *bool                      `json:"allow_sidebar_suggestions"`
	ShortcutPosition      *string                    `json:"shortcut_position"`
	Role                  *string                    `json:"role_at_organization"`
	PasskeysFor2FA        *bool                      `json:"passkeys_enabled_for_2fa"`
	HideMCPHints          bool                       `json:"hide_mcp_hints"`
	OnboardingSkippedAt   *drf.Time                  `json:"onboarding_skipped_at"`
	OnboardingReason      *string                    `json:"onboarding_skipped_reason"`
	OnboardingSkippedOrg  *string                    `json:"onboarding_skipped_organization_id"`
	OnboardingInvite      *string                    `json:"onboarding_delegated_to_invite"`
	OnboardingDelegateOrg *string                    `json:"onboarding_delegated_to_organization_id"`
	OnboardingAcceptedAt  *drf.Time                  `json:"onboarding_delegation_accepted_at"`
	IsFirstUser           bool                       `json:"is_organization_first_user"`
	RealtimeTypes         []string                   `json:"active_realtime_notification_types"`
	PendingInvites        []any                      `json:"pending_invites"`
	NeedsCredentialReview bool                       `json:"requires_credential_review"`
}

// realtimeTypes are the notifications that a person may get at once.
var realtimeTypes = []string{
	"comment_mention", "alert_firing", "approval_requested", "approval_resolved", "pipeline_failure", "issue_assigned",
}

func (w *world) showUser(u *user) userView {
	v := userView{
		DateJoined: u.joined, UUID: u.UUID, DistinctID: u.distinctID(), FirstName: u.FirstName, LastName: u.LastName,
		Email: u.Email, PendingEmail: u.PendingEmail, IsEmailVerified: new(true), Notifications: u.notifications,
		AnonymizeData: u.AnonymizeData, AllowImpersonation: u.AllowImpersonation, ToolbarMode: u.ToolbarMode,
		HasPassword: true, ID: u.ID, IsStaff: u.IsStaff, Team: w.projects[u.team],
		Organizations: []organizationBrief{}, EventsColumns: u.EventsColumns, SeenFor: u.SeenFor,
		ScenePersonalisation: []any{}, ThemeMode: u.ThemeMode, Hedgehog: u.Hedgehog, AllowSuggestions: u.AllowSuggestions,
		ShortcutPosition: u.ShortcutPosition, Role: u.Role, PasskeysFor2FA: u.PasskeysFor2FA, HideMCPHints: u.HideMCPHints,
		IsFirstUser: u.isFirst, RealtimeTypes: realtimeTypes, PendingInvites: []any{}, NeedsCredentialReview: true,
	}
	if org := w.organizations[u.org]; org != nil {
		v.Organization = w.showOrganization(org, u)
	}
	for _, org := range w.organizationsOf(u) {
		v.Organizations = append(v.Organizations, w.briefOrganization(org, u))
	}
	return v
}
