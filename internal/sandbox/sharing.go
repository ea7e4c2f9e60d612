package sandbox

import (
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"posthog-mcp/internal/sandbox/drf"
)

// A shareKey names a recording of a project.
type shareKey struct {
	project   int64
	recording string
}

// A share is a recording's sharing configuration, in the API's order. It is
// stored from its first write on, and replaced by each.
type share struct {
	CreatedAt        *drf.Time `json:"created_at"`
	Enabled          bool      `json:"enabled"`
	AccessToken      string    `json:"access_token"`
	Settings         any       `json:"settings"`
	PasswordRequired bool      `json:"password_required"`
	// Passwords are the active ones, newest first.
	Passwords []sharePassword `json:"share_passwords"`
	// retired are tokens of before a refresh, with the end of their grace.
	retired map[string]time.Time
}

type sharePassword struct {
	ID        int64    `json:"id"`
	CreatedAt drf.Time `json:"created_at"`
	Note      string   `json:"note"`
	CreatedBy string   `json:"created_by_email"`
	IsActive  bool     `json:"is_active"`
	hash      [sha256.Size]byte
}

const (
	accessTokenLength = 30
	// passwordLength is that of one PostHog makes up.
	passwordLength = 22
	leastPassword  = 8
	// grace is how long a refreshed link's old token still opens it.
	grace = 5 * time.Minute
	// maxRecordingID is the column's width.
	maxRecordingID = 200
)

// share is a copy. Of a recording that was never shared it has a token that
// opens nothing, and is not stored.
func (c *call) share() share {
	if s, ok := c.shares[shareKey{c.project.number("id"), c.values["recording"]}]; ok {
		return s
	}
	return share{AccessToken: c.token(accessTokenLength), Passwords: []sharePassword{}}
}

// store keeps the share, as far as the double keeps any more.
func (c *call) store(s share) reply {
	key := shareKey{c.project.number("id"), c.values["recording"]}
	if _, known := c.shares[key]; !known && (len(c.shares) >= maxShares || utf8.RuneCountInString(key.recording) > maxRecordingID) {
		return failed(limitExceeded(maxShares, len(c.shares)))
	}
	if s.CreatedAt == nil {
		s.CreatedAt = &drf.Time{Time: c.now}
	}
	c.shares[key] = s
	return ok(s)
}

func getSharing(c *call) reply { return ok(c.share()) }

// withSharing is a write, after the organisation's ban: it alone looks at
// enabled in the body of every one of these routes.
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
	given, err := drf.Read(fields("share"), data, true, checkSettings)
	if err != nil {
		return failed(err)
	}
	s := c.share()
	if v, ok := given["enabled"].(bool); ok {
		s.Enabled = v
	}
	if v, ok := given["password_required"].(bool); ok {
		s.PasswordRequired = v
	}
	if v, ok := given["settings"]; ok {
		s.Settings = knownSettings(v)
	}
	return c.store(s)
}

// lacks is the answer where the plan has no passwords; the feature's name
// changed.
func (c *call) lacks(what string) reply {
	feature := map[bool]string{false: "Advanced Permissions", true: "Access Control"}[c.switches.AccessControlName]
	return plain(http.StatusForbidden, what+" requires the "+feature+" feature")
}

// checkSettings wants booleans for what a shared page can be told, and a name
// for the theme of newer pages.
func checkSettings(name string, value any) *drf.Error {
	object, ok := value.(map[string]any)
	for key, v := range object {
		_, isBool := v.(bool)
		ok = ok && (isBool || !oneOf("share_settings", key)) && (key != "theme" || slices.Contains([]any{"light", "dark", "system"}, v))
	}
	if name == "settings" && !ok {
		return drf.Invalid(name, "Invalid settings format")
	}
	return nil
}

// knownSettings drops the keys that no shared page knows.
func knownSettings(v any) any {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	object = maps.Clone(object)
	maps.DeleteFunc(object, func(key string, _ any) bool { return key != "theme" && !oneOf("share_settings", key) })
	return object
}

// truthy is Python's bool of a decoded JSON value.
func truthy(v any) bool {
	return !slices.Contains([]string{"None", "False", "''", "0", "0.0", "[]", "{}"}, drf.Repr(v))
}

// refreshSharing makes a new configuration of the old one: another token, and
// the active passwords under new ids where one is required.
func refreshSharing(c *call, _ map[string]any) reply {
	old := c.share()
	fresh := old
	fresh.CreatedAt, fresh.AccessToken = nil, c.token(accessTokenLength)
	fresh.Passwords, fresh.retired = []sharePassword{}, map[string]time.Time{}
	for token, end := range old.retired {
		if end.After(c.now) && len(fresh.retired) < maxPasswords {
			fresh.retired[token] = end
		}
	}
	if old.CreatedAt != nil {
		fresh.retired[old.AccessToken] = c.now.Add(grace)
	}
	if old.PasswordRequired {
		fresh.Passwords = slices.Clone(old.Passwords)
		for i := range slices.Backward(fresh.Passwords) {
			fresh.Passwords[i].ID = c.id()
		}
	}
	return c.store(fresh)
}

func createPassword(c *call, data map[string]any) reply {
	s := c.share()
	switch {
	case !s.PasswordRequired:
		return plain(http.StatusBadRequest, "Password protection must be enabled before creating passwords")
	case !c.switches.SharePasswords:
		return c.lacks("Password management")
	}
	given, err := drf.Read(fields("share_password"), data, false, func(name string, value any) *drf.Error {
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
	p := sharePassword{c.id(), drf.Time{Time: c.now}, row(given).text("note"), c.user.text("email"), true, sha256.Sum256([]byte(secret))}
	s.Passwords = append([]sharePassword{p}, s.Passwords[:min(len(s.Passwords), maxPasswords-1)]...)
	c.store(s)
	return reply{status: http.StatusCreated, body: object{
		{"id", p.ID}, {"password", secret}, {"note", p.Note}, {"created_at", p.CreatedAt}, {"created_by_email", p.CreatedBy},
	}}
}

func deletePassword(c *call) reply {
	if !c.switches.SharePasswords {
		return c.lacks("Password management")
	}
	id, err := strconv.ParseInt(c.values["password"], 10, 64)
	s := c.share()
	i := slices.IndexFunc(s.Passwords, func(p sharePassword) bool { return p.ID == id })
	switch {
	case err != nil:
		// Nobody catches Python's ValueError there.
		return failed(drf.Crashed())
	case i < 0:
		return failed(drf.Missing("Password not found"))
	}
	s.Passwords = slices.Delete(slices.Clone(s.Passwords), i, i+1)
	c.store(s)
	return empty(http.StatusNoContent)
}

// unlockShare is the public page's side: a password for a pass to the replay.
// A refreshed link's old token opens it until its grace ends.
func unlockShare(c *call, data map[string]any) reply {
	given, _ := data["password"].(string)
	hash, token := sha256.Sum256([]byte(given)), c.values["token"]
	for _, s := range c.shares {
		switch {
		case !s.Enabled || s.AccessToken != token && !s.retired[token].After(c.now):
		case slices.ContainsFunc(s.Passwords, func(p sharePassword) bool { return p.hash == hash }):
			return ok(row{"shareToken": c.token(accessTokenLength)})
		default:
			return plain(http.StatusUnauthorized, "Incorrect password")
		}
	}
	return failed(drf.NotFound())
}
