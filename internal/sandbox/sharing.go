package sandbox

import (
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"
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
// stored from its first write on.
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
	// grace is how long a refreshed link's old token still opens it.
	grace = 5 * time.Minute
	// maxRecordingID is the column's width.
	maxRecordingID = 200
)

// getSharing stores nothing: of a recording that was never shared it shows a
// token that opens nothing.
func getSharing(c *call) reply {
	return ok(c.share())
}

func (c *call) shareKey() shareKey { return shareKey{c.project.number("id"), c.values["recording"]} }

// share is a copy; see [call.storeShare].
func (c *call) share() share {
	if s, ok := c.shares[c.shareKey()]; ok {
		return *s
	}
	return share{AccessToken: c.token(accessTokenLength), Passwords: []sharePassword{}}
}

// storeShare keeps the share, as far as the double keeps any more.
func (c *call) storeShare(s share) reply {
	key := c.shareKey()
	if _, known := c.shares[key]; !known && (len(c.shares) >= maxShares || utf8.RuneCountInString(key.recording) > maxRecordingID) {
		return failed(limitExceeded(maxShares, len(c.shares)))
	}
	if s.CreatedAt == nil {
		s.CreatedAt = &drf.Time{Time: c.now}
	}
	c.shares[key] = &s
	return ok(s)
}

// sharingBody is the body of a write, after the organisation's ban: it alone
// looks at enabled on every one of these routes.
func (c *call) sharingBody() (map[string]any, *drf.Error) {
	data, err := c.object()
	if err != nil {
		return nil, err
	}
	if truthy(data["enabled"]) && !c.switches.PublicSharing {
		return nil, drf.Denied("Public sharing is disabled for this organization.")
	}
	return data, nil
}

func patchSharing(c *call) reply {
	data, err := c.sharingBody()
	if err != nil {
		return failed(err)
	}
	if truthy(data["password_required"]) && !c.switches.SharePasswords {
		return plain(http.StatusForbidden, "Sharing with password requires the "+c.passwordFeature()+" feature")
	}
	given, err := drf.Read(fields("share"), data, true, checkSettings)
	if err != nil {
		return failed(err)
	}
	s := c.share()
	if v, ok := given["enabled"].(bool); ok {
		s.Enabled = v
	}
	if v, ok := given["settings"]; ok {
		s.Settings = knownSettings(v)
	}
	if v, ok := given["password_required"].(bool); ok {
		s.PasswordRequired = v
	}
	return c.storeShare(s)
}

// shareSettings are what a shared page can be told; all are booleans, and the
// theme of newer pages is a name.
var (
	themes = []any{"light", "dark", "system"}
)

func checkSettings(name string, value any) *drf.Error {
	if name != "settings" {
		return nil
	}
	object, ok := value.(map[string]any)
	for key, v := range object {
		_, isBool := v.(bool)
		ok = ok && (isBool || !oneOf("share_settings", key)) && (key != "theme" || slices.Contains(themes, v))
	}
	if !ok {
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

// passwordFeature is the plan feature's name, which changed.
func (c *call) passwordFeature() string {
	if c.switches.AccessControlName {
		return "Access Control"
	}
	return "Advanced Permissions"
}

// truthy is Python's bool of a decoded JSON value.
func truthy(v any) bool {
	return !slices.Contains([]string{"None", "False", "''", "0", "0.0", "[]", "{}"}, drf.Repr(v))
}

// refreshSharing makes a new configuration of the old one: another token, and
// the active passwords under new ids where one is required.
func refreshSharing(c *call) reply {
	if _, err := c.sharingBody(); err != nil {
		return failed(err)
	}
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
	return c.storeShare(fresh)
}
