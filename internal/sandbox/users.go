package sandbox

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"posthog-mcp/internal/sandbox/drf"
)

const password = "correct-horse-battery-staple"

func listUsers(c *call) any {
	email, staff := c.query.Get("email"), c.query.Get("is_staff")
	return c.list("user", where(c.tables["users"], func(u row) bool {
		seen := !u.is("_gone") && (c.user.is("is_staff") || u["id"] == c.user["id"])
		return seen && (email == "" || u.text("email") == email) && (staff != "true" || u.is("is_staff")) && (staff != "false" || !u.is("is_staff"))
	}))
}

// pathUser returns the user in the path. A caller who is not staff may use only @me, not even their own id.
func (c *call) pathUser() row {
	if c.values["uuid"] == "@me" {
		return c.user
	}
	u := c.by("users", "uuid", strings.ToLower(c.values["uuid"]))
	refuse(!c.user.is("is_staff"), drf.Denied("As a non-staff user you're only allowed to access the `@me` user instance."))
	refuse(u == nil || u.is("_gone"), notFound())
	return u
}

func getHedgehog(c *call) any {
	if config := c.pathUser()["hedgehog_config"]; config != nil {
		return config
	}
	return row{}
}

// patchHedgehog stores the whole body, without a merge or a check.
func patchHedgehog(c *call) any {
	u := c.pathUser()
	body, err := c.json()
	refuse(err != nil, err)
	c.put("users", u.with(hedgehog(body)))
	return raw(body)
}

// hedgehog converts any JSON for a user's row. Other people see parts of it, if it is an object.
func hedgehog(config any) row {
	out := row{"hedgehog_config": raw(config), "_profile": nil}
	if config == nil {
		out["hedgehog_config"] = nil
	}
	if all, isObject := config.(map[string]any); isObject {
		out["_profile"] = row{"use_as_profile": raw(all["use_as_profile"]), "color": raw(all["color"]), "accessories": raw(all["accessories"])}
	}
	return out
}

type userWrite struct {
	*call
	target, given, changes row
}

func patchUser(c *call) any {
	w := userWrite{call: c, target: c.pathUser(), changes: row{}}
	data := c.object()
	// Newer servers refuse a key that tries to change its owner's email or password, before any validation.
	email, hasEmail := data["email"]
	_, hasPassword := data["password"]
	refuse(!c.switches.CredentialsByToken && (hasPassword || hasEmail && email != w.target["email"]),
		drf.Denied("You can only change your email or password from the PostHog app, not with an API key or token."))
	w.given = c.read("user", data, true, w.checkField)
	w.checkWhole()
	u := w.target.with(w.changed())
	c.put("users", u)
	return c.show("user", u)
}

func (w *userWrite) checkField(name string, value any) *drf.Error {
	switch name {
	case notificationSettings:
		return w.checkNotifications(value.(map[string]any))
	case "set_current_organization", "set_current_team":
		return w.setCurrent(name, value.(string))
	}
	taken := func(u row) bool {
		return u["id"] != w.target["id"] && strings.EqualFold(u.text("email"), value.(string))
	}
	return first(
		rule{name == "is_staff" && !w.user.is("is_staff"), drf.Denied("You are not a staff user, contact your instance admin.")},
		rule{name == "email" && slices.ContainsFunc(w.tables["users"], taken), drf.Rejected(name, "unique", "There is already an account with this email address.")},
		rule{name == "passkeys_enabled_for_2fa" && value == true, drf.Rejected(name, "no_passkeys", "You must have at least one passkey set up before enabling passkeys for 2FA.")},
	)
}

// setCurrent sets the organisation and its first team, or the team alone.
func (w *userWrite) setCurrent(name, id string) *drf.Error {
	org, team := w.find("organizations", 0, strings.ToLower(id)), any(nil)
	if name == "set_current_team" {
		n, _ := strconv.ParseInt(id, 10, 64)
		org, team = w.find("organizations", 0, w.find("projects", 0, n)["organization"]), n
	}
	if level(org, w.target) == 0 {
		return drf.Rejected(name, "does_not_exist", "Object with id="+id+" does not exist.")
	}
	if team == nil {
		w.changes["organization"], team = org["id"], w.projectsOf(org.text("id"))[0]["id"]
	}
	w.changes["team"] = team
	return nil
}

// checkWhole checks fields together: the two of the current project, and the new password with the current one.
func (w *userWrite) checkWhole() {
	if w.given.has("set_current_team") {
		org := w.find("projects", 0, w.changes["team"])["organization"]
		refuse(w.given.has("set_current_organization") && org != w.changes["organization"],
			drf.Invalid("set_current_team", "Team must belong to the same organization in set_current_organization."))
		w.changes["organization"] = org
	}
	if !w.given.has("password") {
		return
	}
	const attr = "current_password"
	fresh := w.given.text("password")
	refuse(!w.given.has(attr), drf.Rejected(attr, "required", "This field is required when updating your password."))
	refuse(w.given[attr] != cmp.Or(w.target.text("_password"), password), drf.Rejected(attr, "incorrect_password", "Your current password is incorrect."))
	refuse(len(fresh) < leastPassword, drf.Invalid("password", "This password is too short. It must contain at least 8 characters."))
	w.changes["_password"] = fresh
}

func (w *userWrite) changed() row {
	out := w.changes
	for name, value := range w.given {
		switch name {
		case "set_current_organization", "set_current_team", "password", "current_password":
		case "email":
			w.changeEmail(value.(string))
		case notificationSettings:
			out[name] = merged(as[row](w.target, name), value.(map[string]any))
		case "hedgehog_config":
			out = out.with(hedgehog(value))
		case "events_column_config", "has_seen_product_intro_for":
			out[name] = raw(value)
		case "shortcut_position":
			out[name] = cmp.Or(value, any("above")) // a stored null reads back as the default
		default:
			out[name] = value
		}
	}
	return out
}

// changeEmail keeps the old address until the new one is verified, unless only the case of letters changes.
func (w *userWrite) changeEmail(email string) {
	switch {
	case email == w.target.text("email"):
	case !w.switches.MailConfigured, strings.EqualFold(email, w.target.text("email")):
		w.changes["email"], w.changes["pending_email"] = email, nil
	default:
		w.changes["pending_email"] = email
		w.post(Message{Kind: "email", To: email, Subject: "Verify your email address", Trigger: "account", At: w.now})
	}
}
