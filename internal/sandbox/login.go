package sandbox

import (
	"net/http"
	"strings"

	"posthog-mcp/internal/sandbox/oauth"
)

// newLogins returns the authorization server of a new world.
func (w *world) newLogins() *oauth.Server {
	o := oauth.Options{Now: w.clock, Text: w.token}
	for _, m := range shapes()["oauth_server"] {
		if m.name == "scopes_supported" {
			o.Scopes = m.value.([]string)
		}
	}
	for _, u := range w.tables["users"] {
		o.People = append(o.People, oauth.Choice{ID: u.number("id"), Name: u.text("first_name")})
	}
	for _, p := range w.tables["projects"] {
		o.Projects = append(o.Projects, oauth.Choice{ID: p.number("id"), Name: p.text("name")})
	}
	return oauth.New(o)
}

// Logins passes the authorization server to do, under the lock.
func (s *Sandbox) Logins(do func(*oauth.Server)) {
	s.with(func(w *world) { do(w.logins) })
}

// isLogin reports whether a request is for the authorization server. Introspection
// is a route of the API.
func isLogin(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/oauth/") && !strings.HasPrefix(r.URL.Path, "/oauth/introspect")
}

func (w *world) login(r *http.Request, body []byte) reply {
	return recorded(func(to http.ResponseWriter) { w.logins.ServeHTTP(to, withBody(r, body)) })
}

// credential returns the row of a key or a token; nil for an unknown one.
func (w *world) credential(token string) row {
	if cred := w.by("credentials", "token", token); cred != nil || token == "" {
		return cred
	}
	g := w.logins.Access(token)
	if g == nil {
		return nil
	}
	cred := row{"token": token, "label": g.Program, "user_id": g.Person, "scopes": g.Scopes, "scoped_teams": g.Projects, "_expires": g.Expires}
	if w.clock().After(g.Expires) {
		cred["_refused"] = "Access token has expired."
	}
	return cred
}
