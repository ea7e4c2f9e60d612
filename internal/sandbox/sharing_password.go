package sandbox

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"posthog-mcp/internal/sandbox/drf"
)

const (
	// passwordLength is that of one PostHog makes up.
	passwordLength = 22
	leastPassword  = 8
)

func createPassword(c *call) reply {
	data, err := c.sharingBody()
	if err != nil {
		return failed(err)
	}
	s := c.share()
	switch {
	case !s.PasswordRequired:
		return plain(http.StatusBadRequest, "Password protection must be enabled before creating passwords")
	case !c.switches.SharePasswords:
		return c.noPasswordFeature()
	}
	given, err := drf.Read(fields("share_password"), data, false, checkPassword)
	if err != nil {
		return failed(err)
	}
	p := sharePassword{ID: c.id(), CreatedAt: drf.Time{Time: c.now}, CreatedBy: c.user.text("email"), IsActive: true}
	p.Note, _ = given["note"].(string)
	secret, _ := given["raw_password"].(string)
	if secret == "" {
		secret = c.token(passwordLength)
	}
	p.hash = sha256.Sum256([]byte(secret))
	s.Passwords = append([]sharePassword{p}, s.Passwords[:min(len(s.Passwords), maxPasswords-1)]...)
	c.storeShare(s)
	return reply{status: http.StatusCreated, body: object{
		{"id", p.ID}, {"password", secret}, {"note", p.Note}, {"created_at", p.CreatedAt}, {"created_by_email", p.CreatedBy},
	}}
}

func (c *call) noPasswordFeature() reply {
	return plain(http.StatusForbidden, "Password management requires the "+c.passwordFeature()+" feature")
}

func checkPassword(name string, value any) *drf.Error {
	if text, _ := value.(string); name == "raw_password" && text != "" && utf8.RuneCountInString(text) < leastPassword {
		return drf.Invalid(name, "Password must be at least 8 characters long.")
	}
	return nil
}

func deletePassword(c *call) reply {
	if !c.switches.SharePasswords {
		return c.noPasswordFeature()
	}
	id, err := strconv.ParseInt(c.values["password"], 10, 64)
	if err != nil {
		// Nobody catches Python's ValueError there.
		return failed(drf.Crashed())
	}
	s := c.share()
	i := slices.IndexFunc(s.Passwords, func(p sharePassword) bool { return p.ID == id })
	if i < 0 {
		return failed(drf.Missing("Password not found"))
	}
	s.Passwords = slices.Delete(slices.Clone(s.Passwords), i, i+1)
	c.storeShare(s)
	return empty(http.StatusNoContent)
}

// unlockShare is the public page's side: a password for a pass to the replay.
// A refreshed link's old token opens it until its grace ends.
func unlockShare(c *call) reply {
	data, err := c.object()
	if err != nil {
		return failed(err)
	}
	s := c.shareOf(c.values["token"])
	if s == nil || !s.Enabled {
		return failed(drf.NotFound())
	}
	given, _ := data["password"].(string)
	hash := sha256.Sum256([]byte(given))
	for _, p := range s.Passwords {
		if p.hash == hash {
			return ok(map[string]string{"shareToken": c.token(accessTokenLength)})
		}
	}
	return plain(http.StatusUnauthorized, "Incorrect password")
}

func (c *call) shareOf(token string) *share {
	for _, s := range c.shares {
		if s.AccessToken == token || s.retired[token].After(c.now) {
			return s
		}
	}
	return nil
}
