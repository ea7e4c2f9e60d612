package sandbox

import (
	"strconv"
	"strings"

	"posthog-mcp/internal/sandbox/drf"
)

// userFields are the writable ones, in serializer order.
var userFields = []drf.Field{
	{Name: "first_name", Kind: drf.Char, Blank: true, MaxLength: 150},
	{Name: "last_name", Kind: drf.Char, Blank: true, MaxLength: 150},
	{Name: "email", Kind: drf.Email, MaxLength: 254},
	{Name: "notification_settings", Kind: drf.Dict},
	{Name: "anonymize_data", Kind: drf.Boolean, Null: true},
	{Name: "allow_impersonation", Kind: drf.Boolean, Null: true},
	{Name: "toolbar_mode", Kind: drf.Choice, Null: true, Blank: true, Choices: []string{"disabled", "toolbar"}},
	{Name: "is_staff", Kind: drf.Boolean},
	{Name: "set_current_organization", Kind: drf.Char},
	{Name: "set_current_team", Kind: drf.Char},
	{Name: "password", Kind: drf.Char, MaxLength: 128},
	{Name: "current_password", Kind: drf.Char},
	{Name: "events_column_config", Kind: drf.JSON},
	{Name: "has_seen_product_intro_for", Kind: drf.JSON, Null: true},
	{Name: "theme_mode", Kind: drf.Choice, Null: true, Blank: true, Choices: []string{"light", "dark", "system"}},
	{Name: "hedgehog_config", Kind: drf.JSON, Null: true},
	{Name: "allow_sidebar_suggestions", Kind: drf.Boolean, Null: true},
	{Name: "shortcut_position", Kind: drf.Choice, Null: true, Blank: true, Choices: []string{"above", "below", "hidden"}},
	{Name: "role_at_organization", Kind: drf.Choice,
		Choices: []string{"engineering", "data", "product", "founder", "leadership", "marketing", "sales", "other"}},
	{Name: "passkeys_enabled_for_2fa", Kind: drf.Boolean, Null: true},
	{Name: "hide_mcp_hints", Kind: drf.Boolean},
}

func patchUser(c *call) reply {
	return withUser(func(c *call, u *user) reply {
		data, err := c.object()
		if err != nil {
			return failed(err)
		}
		if err := c.refuseCredentials(u, data); err != nil {
			return failed(err)
		}
		w := userWrite{call: c, target: u, changed: *u}
		w.given, err = drf.Read(userFields, data, true, w.checkField)
		if err == nil {
			err = w.checkWhole()
		}
		if err != nil {
			return failed(err)
		}
		w.apply()
		*u = w.changed
		return ok(c.showUser(u))
	})(c)
}

// refuseCredentials is newer servers' answer to a key that would change its
// owner's email or password, before anything is validated.
func (c *call) refuseCredentials(u *user, data map[string]any) *drf.Error {
	if c.switches.CredentialsByToken {
		return nil
	}
	email, hasEmail := data["email"]
	_, hasPassword := data["password"]
	if hasPassword || hasEmail && email != any(u.Email) {
		return drf.Denied("You can only change your email or password from the PostHog app, not with an API key or token.")
	}
	return nil
}

// A userWrite is one change of a user: the row as it would be.
type userWrite struct {
	*call
	target  *user
	changed user
	given   drf.Values
}

// checkField is what the serializer looks at while it reads.
func (w *userWrite) checkField(name string, value any) *drf.Error {
	switch name {
	case "email":
		return w.checkEmail(value.(string))
	case "notification_settings":
		return checkNotifications(value.(map[string]any))
	case "is_staff":
		if !w.user.IsStaff {
			return drf.Denied("You are not a staff user, contact your instance admin.")
		}
	case "set_current_organization":
		return w.setOrganization(value.(string))
	case "set_current_team":
		return w.setTeam(value.(string))
	case "passkeys_enabled_for_2fa":
		if value.(bool) && !w.target.hasPasskey {
			return drf.Rejected(name, "no_passkeys", "You must have at least one passkey set up before enabling passkeys for 2FA.")
		}
	}
	return nil
}

func (w *userWrite) checkEmail(email string) *drf.Error {
	for _, u := range w.users {
		if u != w.target && strings.EqualFold(u.Email, email) {
			return drf.Rejected("email", "unique", "There is already an account with this email address.")
		}
	}
	return nil
}

// setOrganization moves the team to the organisation's first, too.
func (w *userWrite) setOrganization(id string) *drf.Error {
	org, ok := w.organizations[strings.ToLower(id)]
	if !ok || org.members[w.target.ID] == 0 {
		return noSuchObject("set_current_organization", id)
	}
	w.changed.org, w.changed.team = org.id, w.projectsOf(org.id)[0].ID
	return nil
}

func (w *userWrite) setTeam(id string) *drf.Error {
	n, err := strconv.ParseInt(id, 10, 64)
	p := w.projects[n]
	if err != nil || p == nil || w.organizations[p.Organization].members[w.target.ID] == 0 {
		return noSuchObject("set_current_team", id)
	}
	w.changed.team = p.ID
	return nil
}

func noSuchObject(attr, id string) *drf.Error {
	return drf.Rejected(attr, "does_not_exist", "Object with id="+id+" does not exist.")
}

// checkWhole is about fields together: both of the current project, and the
// password with the one it replaces.
func (w *userWrite) checkWhole() *drf.Error {
	if w.given.Has("set_current_team") {
		org := w.projects[w.changed.team].Organization
		if w.given.Has("set_current_organization") && org != w.changed.org {
			return drf.Invalid("set_current_team", "Team must belong to the same organization in set_current_organization.")
		}
		w.changed.org = org
	}
	if !w.given.Has("password") {
		return nil
	}
	const attr = "current_password"
	switch current, given := w.given[attr].(string); {
	case !given:
		return drf.Rejected(attr, "required", "This field is required when updating your password.")
	case current != w.target.password:
		return drf.Rejected(attr, "incorrect_password", "Your current password is incorrect.")
	case len(w.given["password"].(string)) < leastPassword:
		return drf.Invalid("password", "This password is too weak.")
	}
	return nil
}

func (w *userWrite) apply() {
	u := &w.changed
	for name, v := range w.given {
		w.set(u, name, v)
	}
}

func (w *userWrite) set(u *user, name string, v any) {
	text, _ := v.(string)
	flag, _ := v.(bool)
	switch name {
	case "first_name":
		u.FirstName = text
	case "last_name":
		u.LastName = text
	case "email":
		w.setEmail(u, text)
	case "notification_settings":
		u.notifications = merged(u.notifications, v.(map[string]any))
	case "anonymize_data":
		u.AnonymizeData = pointer[bool](v)
	case "allow_impersonation":
		u.AllowImpersonation = pointer[bool](v)
	case "toolbar_mode":
		u.ToolbarMode = pointer[string](v)
	case "is_staff":
		u.IsStaff = flag
	case "password":
		u.password = text
	case "events_column_config":
		u.EventsColumns = raw(v)
	case "has_seen_product_intro_for":
		u.SeenFor = raw(v)
	case "theme_mode":
		u.ThemeMode = pointer[string](v)
	case "hedgehog_config":
		u.setHedgehog(v)
	case "allow_sidebar_suggestions":
		u.AllowSuggestions = pointer[bool](v)
	case "shortcut_position":
		u.ShortcutPosition = pointer[string](v)
		if v == nil {
			// A stored null reads back as the default.
			u.ShortcutPosition = new("above")
		}
	case "role_at_organization":
		u.Role = pointer[string](v)
	case "passkeys_enabled_for_2fa":
		u.PasskeysFor2FA = pointer[bool](v)
	case "hide_mcp_hints":
		u.HideMCPHints = flag
	}
}

// setEmail keeps the old address until the new one is verified, unless the
// server has no mail to verify it with.
func (w *userWrite) setEmail(u *user, email string) {
	if email == u.Email {
		return
	}
	if !w.switches.MailConfigured {
		u.Email, u.PendingEmail = email, nil
		return
	}
	u.PendingEmail = &email
	w.post(Message{Kind: "email", To: email, Subject: "Verify your email address", Trigger: "account", At: w.now})
}
