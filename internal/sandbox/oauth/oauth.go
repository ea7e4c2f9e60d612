// Package oauth is the authorization server of the sandbox's PostHog: programs register themselves, a person agrees on a
// page, codes work once, and access tokens last 7 days. Source: PostHog's own code, posthog/api/oauth/ and
// posthog/models/oauth.py, November 2026.
package oauth

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

const (
	tokenLifetime = 7 * 24 * time.Hour // of programs that registered themselves
	codeLifetime  = 5 * time.Minute
	// mostPerMinute is PostHog's own limit on registrations.
	mostPerMinute = 60
)

// Options are what the server knows of its PostHog.
type Options struct {
	Now func() time.Time
	// Text returns n random letters and digits.
	Text func(n int) string
	// Scopes are those that can be granted.
	Scopes []string
	// People can agree on the page; the first is logged in there.
	People []Choice
	// Projects are those to which a person can limit a token.
	Projects []Choice
}

// A Choice is an item of the page.
type Choice struct {
	ID   int64
	Name string
}

// A Grant is what a person agreed to, the code for it on its way to the program, and then the tokens.
type Grant struct {
	Person int64
	// Program is the name of the program, ClientID its id.
	Program, ClientID string
	Scopes            []string
	// Projects are the only ones that the token is for; empty for all.
	Projects []int64
	// Expires is when the access token does, and before there is one, the code.
	Expires time.Time

	code, redirect, challenge string
	access, refresh           string // access is empty before the code was used
}

// Server is the authorization server. The sandbox's lock guards it.
type Server struct {
	Options
	http.Handler
	programs map[string]*program
	grants   []*Grant
	joined   []time.Time // the last registrations
}

// New returns a server without programs and tokens.
func New(o Options) *Server {
	s := &Server{Options: o, programs: map[string]*program{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/authorize/", s.authorize)
	mux.HandleFunc("POST /oauth/authorize/", s.authorize)
	for path, endpoint := range map[string]func(*http.Request) (int, any){"register": s.register, "token": s.token, "revoke": s.revoke} {
		mux.HandleFunc("POST /oauth/"+path+"/", func(w http.ResponseWriter, r *http.Request) {
			status, body := endpoint(r)
			answer(w, status, body)
		})
	}
	s.Handler = http.NewCrossOriginProtection().Handler(mux)
	return s
}

// answer writes JSON. A program may come back a second after a passing fault, and a minute after too many requests.
func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	switch status {
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	case http.StatusTooManyRequests:
		w.Header().Set("Retry-After", "60")
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// failure is an error of RFC 6749 or RFC 7591.
type failure struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// Unavailable answers with PostHog's passing fault.
func Unavailable(w http.ResponseWriter) {
	answer(w, http.StatusServiceUnavailable, failure{"temporarily_unavailable", "Please try again."})
}

// Access returns the grant of an access token, also of an expired one; nil for none.
func (s *Server) Access(token string) *Grant {
	return s.grant(func(g *Grant) bool { return g.access == token })
}

// Narrow takes scopes away from all grants, as of the next refresh.
func (s *Server) Narrow(scopes ...string) {
	for _, g := range s.grants {
		g.Scopes = slices.DeleteFunc(g.Scopes, func(scope string) bool { return slices.Contains(scopes, scope) })
	}
}

// Forget ends all registrations and, with them, all logins.
func (s *Server) Forget() {
	clear(s.programs)
	s.grants = nil
}

func (s *Server) grant(is func(*Grant) bool) *Grant {
	if i := slices.IndexFunc(s.grants, is); i >= 0 {
		return s.grants[i]
	}
	return nil
}

func (s *Server) end(g *Grant) {
	s.grants = slices.DeleteFunc(s.grants, func(one *Grant) bool { return one == g })
}

func (s *Server) token(r *http.Request) (int, any) {
	p := s.programs[r.PostFormValue("client_id")]
	if p == nil {
		return http.StatusUnauthorized, failure{"invalid_client", "Unknown client_id."}
	}
	var g *Grant
	switch r.PostFormValue("grant_type") {
	case "authorization_code":
		g = s.exchange(r, p)
	case "refresh_token":
		g = s.grant(func(g *Grant) bool {
			return g.refresh != "" && g.refresh == r.PostFormValue("refresh_token") && g.ClientID == p.ID
		})
	default:
		return http.StatusBadRequest, failure{Error: "unsupported_grant_type"}
	}
	if g == nil {
		return http.StatusBadRequest, failure{Error: "invalid_grant"}
	}
	// A refresh replaces the access token and keeps the refresh token.
	g.access, g.Expires = "pha_"+s.Text(40), s.Now().Add(tokenLifetime)
	body := map[string]any{
		"access_token": g.access, "token_type": "Bearer", "expires_in": int(tokenLifetime.Seconds()), "scope": strings.Join(g.Scopes, " "),
	}
	if g.refresh != "" {
		body["refresh_token"] = g.refresh
	}
	return http.StatusOK, body
}

// exchange returns the grant of a code, which works once; nil for none. A second use also ends what the first one got
// (RFC 6749, section 4.1.2).
func (s *Server) exchange(r *http.Request, p *program) *Grant {
	g := s.grant(func(g *Grant) bool { return g.code == r.PostFormValue("code") })
	switch {
	case g == nil, g.ClientID != p.ID, g.redirect != r.PostFormValue("redirect_uri"),
		g.challenge != oauth2.S256ChallengeFromVerifier(r.PostFormValue("code_verifier")):
		return nil
	case g.access != "":
		s.end(g)
		return nil
	case s.Now().After(g.Expires):
		return nil
	}
	if slices.Contains(p.GrantTypes, "refresh_token") {
		g.refresh = "phr_" + s.Text(40)
	}
	return g
}

// revoke ends the login of a token, and answers 200 for an unknown one too (RFC 7009).
func (s *Server) revoke(r *http.Request) (int, any) {
	token := r.PostFormValue("token")
	s.end(s.grant(func(g *Grant) bool { return token != "" && (g.access == token || g.refresh == token) }))
	return http.StatusOK, struct{}{}
}
