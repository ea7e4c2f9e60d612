// Package oauth is the authorization server of the sandbox's PostHog: programs
// register themselves, a person agrees on a page, codes work once, and access tokens
// last 7 days. Source: PostHog's own code, posthog/api/oauth/ and
// posthog/models/oauth.py, November 2026.
package oauth

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	tokenLifetime = 7 * 24 * time.Hour // of programs that registered themselves
	codeLifetime  = 5 * time.Minute
	// mostPerMinute is PostHog's own limit on registrations.
	mostPerMinute = 60
	// mostKept bounds the memory that programs, codes and tokens take.
	mostKept = 1000
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

// A Grant is what a person agreed to, and the tokens for it.
type Grant struct {
	Person int64
	// Program is the name of the program, ClientID its id.
	Program, ClientID string
	Scopes            []string
	// Projects are the only ones that the token is for; empty for all.
	Projects []int64
	// Expires is when the access token does.
	Expires time.Time

	access, refresh string
}

// A code is a person's agreement on its way to the program.
type code struct {
	Grant
	redirect, challenge string
	expires             time.Time
	used                bool
}

// Server is the authorization server. The sandbox's lock guards it.
type Server struct {
	Options
	http.Handler
	programs map[string]*program
	codes    map[string]*code
	grants   []*Grant
	joined   []time.Time // the last registrations
}

// New returns a server without programs and tokens.
func New(o Options) *Server {
	s := &Server{Options: o, programs: map[string]*program{}, codes: map[string]*code{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /oauth/register/", s.register)
	mux.HandleFunc("GET /oauth/authorize/", s.authorize)
	mux.HandleFunc("POST /oauth/authorize/", s.authorize)
	mux.HandleFunc("POST /oauth/token/", s.token)
	mux.HandleFunc("POST /oauth/revoke/", s.revoke)
	s.Handler = http.NewCrossOriginProtection().Handler(mux)
	return s
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

// fields reads a request's form, or its JSON object of texts.
func fields(r *http.Request) func(string) string {
	var object map[string]string
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") && json.NewDecoder(r.Body).Decode(&object) == nil {
		return func(name string) string { return object[name] }
	}
	return r.PostFormValue
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func refuse(w http.ResponseWriter, status int, name, description string) {
	answer(w, status, map[string]string{"error": name, "error_description": description})
}

// Unavailable answers with PostHog's passing fault.
func Unavailable(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "1")
	refuse(w, http.StatusServiceUnavailable, "temporarily_unavailable", "Please try again.")
}

// full answers a request that would need more memory than the server takes.
func (s *Server) full(w http.ResponseWriter) bool {
	maps.DeleteFunc(s.codes, func(_ string, c *code) bool { return s.Now().After(c.expires) })
	if max(len(s.programs), len(s.codes), len(s.grants)) < mostKept {
		return false
	}
	Unavailable(w)
	return true
}
