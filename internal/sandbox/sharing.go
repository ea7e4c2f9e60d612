package sandbox

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"posthog-mcp/internal/sandbox/drf"
)

// shareMembers computes members of sharing configurations, which are stored from their first write on. _passwords has
// the active passwords, newest first, each with its _hash. _retired has the tokens before a refresh, with the end of
// their grace.
func shareMembers() makers {
	return makers{"passwords": func(w *world, s row) any { return w.showAll("share_password", s.rows("_passwords")) }}
}

const (
	accessTokenLength = 30
	passwordLength    = 22 // of a password that PostHog generates
	leastPassword     = 8
	grace             = 5 * time.Minute // how long the old token still works after a refresh
	maxRecordingID    = 200             // the column's width
)

// share returns the recording's sharing configuration. One that was never written is not stored, and its token does
// not work.
func (c *call) share() row {
	id := fmt.Sprint(c.project["id"], "/", c.values["recording"])
	if s := c.by("shares", "id", id); s != nil {
		return s
	}
	return row{"id": id, "project": c.project["id"], "recording": c.values["recording"], "access_token": c.token(accessTokenLength)}
}

// store stores the share, unless the sandbox has too many.
func (c *call) store(s row) reply {
	if n := len(c.tables["shares"]); c.by("shares", "id", s["id"]) == nil && (n >= maxShares || utf8.RuneCountInString(s.text("recording")) > maxRecordingID) {
		return failed(limitExceeded(maxShares, n))
	}
	if s["created_at"] == nil {
		s = s.with(row{"created_at": c.now})
	}
	c.put("shares", s)
	return ok(c.show("share", s))
}

func getSharing(c *call) reply { return ok(c.show("share", c.share())) }

// withSharing wraps a write with the organisation's ban of sharing, which checks enabled in the body on every one of
// these routes.
func withSharing(answer func(*call, map[string]any) reply) func(*call) reply {
	return withBody(func(c *call, data map[string]any) reply {
		if truthy(data["enabled"]) && !c.switches.PublicSharing {
			return failed(drf.Denied("Public sharing is disabled for this organization."))
		}
		return answer(c, data)
	})
}

func patchSharing(c *call, data map[string]any) reply {
	if truthy(data["password_required"]) && !c.switches.SharePasswords {
		return c.lacks("Sharing with password")
	}
	given, err := drf.Read(c.fields("share"), data, true, func(name string, value any) *drf.Error {
		if _, known := settings(value); name == "settings" && !known {
			return drf.Invalid(name, "Invalid settings format")
		}
		return nil
	})
	if err != nil {
		return failed(err)
	}
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
		s["access_token"], s["_retired"] = c.token(accessTokenLength), nil
	}
	return c.store(s)
}

// lacks is the answer if the plan has no passwords. The feature's name has changed.
func (c *call) lacks(what string) reply {
	feature := map[bool]string{false: "Advanced Permissions", true: "Access Control"}[c.switches.AccessControlName]
	return plain(http.StatusForbidden, "error", what+" requires the "+feature+" feature")
}

// settings returns the known settings of a shared page: booleans, and on newer servers the name of a theme. ok is
// false if one has another type.
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

// truthy is Python's bool of a decoded JSON value.
func truthy(v any) bool {
	return !slices.Contains([]string{"None", "False", "''", "0", "0.0", "[]", "{}"}, drf.Repr(v))
}

// refreshSharing replaces the configuration. The new one has a new token and, if a password is required, the active
// passwords under new ids.
func refreshSharing(c *call, _ map[string]any) reply {
	old := c.share()
	retired, passwords := map[string]time.Time{}, []row{}
	for token, end := range as[map[string]time.Time](old, "_retired") {
		if end.After(c.now) && len(retired) < maxPasswords {
			retired[token] = end
		}
	}
	if old["created_at"] != nil {
		retired[old.text("access_token")] = c.now.Add(grace)
	}
	if old.is("password_required") {
		passwords = slices.Clone(old.rows("_passwords"))
		for i, p := range slices.Backward(passwords) {
			passwords[i] = p.with(row{"id": c.id()})
		}
	}
	return c.store(old.with(row{
		"created_at": nil, "access_token": c.token(accessTokenLength), "_retired": retired, "_passwords": passwords,
	}))
}

func createPassword(c *call, data map[string]any) reply {
	s := c.share()
	switch {
	case !s.is("password_required"):
		return plain(http.StatusBadRequest, "error", "Password protection must be enabled before creating passwords")
	case !c.switches.SharePasswords:
		return c.lacks("Password management")
	}
	given, err := drf.Read(c.fields("share_password"), data, false, func(name string, value any) *drf.Error {
		if n := utf8.RuneCountInString(value.(string)); name == "raw_password" && n > 0 && n < leastPassword {
			return drf.Invalid(name, "Password must be at least 8 characters long.")
		}
		return nil
	})
	if err != nil {
		return failed(err)
	}
	secret := row(given).text("raw_password")
	if secret == "" {
		secret = c.token(passwordLength)
	}
	p := row{"id": c.id(), "created_at": c.now, "note": row(given).text("note"), "created_by_email": c.user["email"], "_hash": sha256.Sum256([]byte(secret))}
	c.store(s.with(row{"_passwords": append([]row{p}, s.rows("_passwords")[:min(len(s.rows("_passwords")), maxPasswords-1)]...)}))
	return reply{status: http.StatusCreated, body: object{
		{"id", p["id"]}, {"password", secret}, {"note", p["note"]}, {"created_at", drf.Time{Time: c.now}}, {"created_by_email", p["created_by_email"]},
	}}
}

func deletePassword(c *call) reply {
	if !c.switches.SharePasswords {
		return c.lacks("Password management")
	}
	id, err := strconv.ParseInt(c.values["password"], 10, 64)
	s := c.share()
	left := where(s.rows("_passwords"), func(p row) bool { return p["id"] != id })
	switch {
	case err != nil:
		// PostHog does not catch Python's ValueError here.
		return failed(drf.Crashed())
	case len(left) == len(s.rows("_passwords")):
		return failed(drf.Missing("Password not found"))
	}
	c.store(s.with(row{"_passwords": left}))
	return empty(http.StatusNoContent)
}

// unlockShare serves the public page, which exchanges a password for access to the replay. After a refresh the old
// token works until its grace ends.
func unlockShare(c *call, data map[string]any) reply {
	given, _ := data["password"].(string)
	hash, token := sha256.Sum256([]byte(given)), c.values["token"]
	for _, s := range c.tables["shares"] {
		switch {
		case !s.is("enabled") || s["access_token"] != token && !as[map[string]time.Time](s, "_retired")[token].After(c.now):
		case slices.ContainsFunc(s.rows("_passwords"), func(p row) bool { return p["_hash"] == hash }):
			return ok(row{"shareToken": c.token(accessTokenLength)})
		default:
			return plain(http.StatusUnauthorized, "error", "Incorrect password")
		}
	}
	return failed(drf.NotFound())
}
