package oauth

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	read := fields(r)
	if s.programs[read("client_id")] == nil {
		refuse(w, http.StatusUnauthorized, "invalid_client", "Unknown client_id.")
		return
	}
	var g *Grant
	switch read("grant_type") {
	case "authorization_code":
		if s.full(w) {
			return
		}
		g = s.exchange(read)
	case "refresh_token":
		g = s.grant(func(g *Grant) bool {
			return g.refresh != "" && g.refresh == read("refresh_token") && g.ClientID == read("client_id")
		})
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "")
		return
	}
	if g == nil {
		refuse(w, http.StatusBadRequest, "invalid_grant", "")
		return
	}
	// A refresh replaces the access token and keeps the refresh token.
	g.access, g.Expires = "pha_"+s.Text(40), s.Now().Add(tokenLifetime)
	body := map[string]any{
		"access_token": g.access, "token_type": "Bearer", "expires_in": int(tokenLifetime.Seconds()), "scope": strings.Join(g.Scopes, " "),
	}
	if g.refresh != "" {
		body["refresh_token"] = g.refresh
	}
	answer(w, http.StatusOK, body)
}

// exchange returns the grant of a code, which works once; nil for none. A second use
// also ends what the first one got (RFC 6749, section 4.1.2).
func (s *Server) exchange(read func(string) string) *Grant {
	c := s.codes[read("code")]
	switch {
	case c == nil, s.Now().After(c.expires), c.ClientID != read("client_id"), c.redirect != read("redirect_uri"),
		c.challenge != oauth2.S256ChallengeFromVerifier(read("code_verifier")):
		return nil
	case c.used:
		s.end(&c.Grant)
		return nil
	}
	c.used = true
	if slices.Contains(s.programs[c.ClientID].GrantTypes, "refresh_token") {
		c.refresh = "phr_" + s.Text(40)
	}
	s.grants = append(s.grants, &c.Grant)
	return &c.Grant
}

// revoke ends the login of a token, and answers 200 for an unknown one too (RFC 7009).
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	token := fields(r)("token")
	s.end(s.grant(func(g *Grant) bool { return token != "" && (g.access == token || g.refresh == token) }))
	answer(w, http.StatusOK, struct{}{})
}

func (s *Server) end(g *Grant) {
	s.grants = slices.DeleteFunc(s.grants, func(one *Grant) bool { return one == g })
}
