package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"posthog-mcp/internal/sandbox/drf"
)

// shareMembers computes members of sharing configurations. _passwords has the active passwords, newest first.
func shareMembers() makers {
	return makers{"passwords": func(w *world, s row) any { return w.showAll("share_password", s.rows("_passwords")) }}
}

const (
	accessTokenLength = 30
	passwordLength    = 22 // of a password that PostHog generates
	leastPassword     = 8
	grace             = 5 * time.Minute // how long the old link still works after a refresh
	maxRecordingID    = 200             // the column's width
)

// share returns the recording's configuration. One that was never written is not stored, and its token does not work.
func (c *call) share() row {
	id := fmt.Sprint(c.project["id"], "/", c.values["recording"])
	if s := c.by("shares", "id", id); s != nil {
		return s
	}
	return row{"id": id, "project": c.project["id"], "recording": c.values["recording"], "access_token": c.token(accessTokenLength)}
}

// store stores the share, unless the sandbox has too many.
func (c *call) store(s row) any {
	n, isNew := len(c.tables["shares"]), c.by("shares", "id", s["id"]) == nil
	refuse(isNew && (n >= maxShares || utf8.RuneCountInString(s.text("recording")) > maxRecordingID), limitExceeded(maxShares, n))
	if s["created_at"] == nil {
		s = s.with(row{"created_at": c.now})
	}
	c.put("shares", s)
	return c.show("share", s)
}

// sharingBody returns the body of a write. The organisation's ban of sharing looks at enabled in each of them.
func (c *call) sharingBody() map[string]any {
	data := c.object()
	refuse(data["enabled"] == true && !c.switches.PublicSharing, drf.Denied("Public sharing is disabled for this organization."))
	return data
}

func patchSharing(c *call) any {
	data := c.sharingBody()
	if data["password_required"] == true {
		c.needsPasswords("Sharing with password")
	}
	given := c.read("share", data, true, func(name string, value any) *drf.Error {
		if _, known := settings(value); name == "settings" && !known {
			return drf.Invalid(name, "Invalid settings format")
		}
		return nil
	})
	if v := given["settings"]; v != nil {
		given["settings"], _ = settings(v)
	}
	old := c.share()
	s := old.with(given)
	switch {
	case old.is("enabled") && !s.is("enabled"):
		s["_was_on"] = true
	case s.is("enabled") && !old.is("enabled") && old.is("_was_on") && c.today():
		// The links from before stay dead.
		s["access_token"] = c.token(accessTokenLength)
		c.tables["retired"] = where(c.tables["retired"], func(link row) bool { return link["share"] != s["id"] })
	}
	return c.store(s)
}

// needsPasswords ends the call if the plan has no passwords. The feature's name has changed.
func (c *call) needsPasswords(what string) {
	feature := map[bool]string{false: "Advanced Permissions", true: "Access Control"}[c.switches.AccessControlName]
	stop(!c.switches.SharePasswords, http.StatusForbidden, "error", what+" requires the "+feature+" feature")
}

// settings returns the known settings of a shared page: booleans and a theme. ok is false if one has another type.
func settings(v any) (known row, ok bool) {
	object, isObject := v.(map[string]any)
	for key, value := range object {
		_, isBool := value.(bool)
		switch {
		case key == "theme" && !slices.Contains([]any{"light", "dark", "system"}, value), oneOf("share_settings", key) && !isBool:
			return nil, false
		case key == "theme", isBool && oneOf("share_settings", key):
			known = known.with(row{key: value})
		}
	}
	return known.with(nil), isObject
}

// refreshSharing replaces the token, keeps the passwords under new ids if one is required, and drops them if not.
func refreshSharing(c *call) any {
	c.sharingBody()
	old, passwords := c.share(), []row{}
	if old["created_at"] != nil {
		link := row{"token": old["access_token"], "share": old["id"], "until": c.now.Add(grace)}
		c.tables["retired"] = appendBounded(c.tables["retired"], link, maxShares)
	}
	if old.is("password_required") {
		passwords = slices.Clone(old.rows("_passwords"))
		for i, p := range slices.Backward(passwords) {
			passwords[i] = p.with(row{"id": c.id()})
		}
	}
	return c.store(old.with(row{"created_at": nil, "access_token": c.token(accessTokenLength), "_passwords": passwords}))
}

func createPassword(c *call) any {
	data, s := c.sharingBody(), c.share()
	stop(!s.is("password_required"), http.StatusBadRequest, "error", "Password protection must be enabled before creating passwords")
	c.needsPasswords("Password management")
	given := c.read("share_password", data, false, func(name string, value any) *drf.Error {
		if n := utf8.RuneCountInString(value.(string)); name == "raw_password" && n > 0 && n < leastPassword {
			return drf.Invalid(name, "Password must be at least 8 characters long.")
		}
		return nil
	})
	secret := given.text("raw_password")
	if secret == "" {
		secret = c.token(passwordLength)
	}
	p := row{"id": c.id(), "created_at": c.now, "note": given.text("note"), "created_by_email": c.user["email"], "_secret": secret}
	c.store(s.with(row{"_passwords": append([]row{p}, s.rows("_passwords")[:min(len(s.rows("_passwords")), maxPasswords-1)]...)}))
	return object{
		{"id", p["id"]}, {"password", secret}, {"note", p["note"]}, {"created_at", drf.Time{Time: c.now}}, {"created_by_email", p["created_by_email"]},
	}
}

func deletePassword(c *call) any {
	c.needsPasswords("Password management")
	id, _ := strconv.ParseInt(c.values["password"], 10, 64)
	s := c.share()
	left := where(s.rows("_passwords"), func(p row) bool { return p["id"] != id })
	refuse(len(left) == len(s.rows("_passwords")), drf.Missing("Password not found"))
	c.store(s.with(row{"_passwords": left}))
	return nil
}

// unlockShare serves the public page, which exchanges a password for access to the replay.
func unlockShare(c *call) any {
	s, link := c.by("shares", "access_token", c.values["token"]), c.by("retired", "token", c.values["token"])
	if link.time("until").After(c.now) {
		s = c.by("shares", "id", link["share"])
	}
	given := c.object()["password"]
	opens := slices.ContainsFunc(s.rows("_passwords"), func(p row) bool { return p["_secret"] == given })
	refuse(!s.is("enabled"), notFound())
	stop(!opens, http.StatusUnauthorized, "error", "Incorrect password")
	return row{"shareToken": c.token(accessTokenLength)}
}
