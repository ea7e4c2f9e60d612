package oauth

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

//go:embed consent.html
var consentHTML string

var consent = template.Must(template.New("consent").Parse(consentHTML))

// authorize shows the page on which a person agrees, and takes its answer.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	read := r.FormValue
	back := func(name, value string) { s.back(w, r, name, value) }
	p, one := s.programs[read("client_id")], read("required_access_level") == "project"
	switch {
	case p == nil:
		show(w, http.StatusBadRequest, map[string]any{"Problem": "Unknown client_id. A registration belongs to one region: " +
			"was this one made at eu.posthog.com or us.posthog.com?"})
	case !p.allows(read("redirect_uri")):
		show(w, http.StatusBadRequest, map[string]any{"Problem": "The program is not registered with this redirect_uri."})
	case read("response_type") != "code":
		back("error", "unsupported_response_type")
	case read("code_challenge") == "" || read("code_challenge_method") != "S256":
		back("error", "invalid_request")
	case read("prompt") == "none":
		back("error", "consent_required")
	case r.Method == http.MethodGet || read("answer") == "allow" && one && read("project") == "":
		asked := map[string]string{}
		for name := range r.Form {
			asked[name] = read(name)
		}
		show(w, http.StatusOK, map[string]any{"Program": p.Name, "Scopes": s.grantable(read("scope")), "One": one, "Asked": asked, "People": s.People, "Projects": s.Projects})
	case read("answer") != "allow":
		back("error", "access_denied")
	default:
		back("code", s.agree(r, p))
	}
}

// grantable drops the scopes that cannot be granted. Without any, it returns all.
func (s *Server) grantable(asked string) []string {
	if strings.TrimSpace(asked) == "" {
		return slices.Clone(s.Scopes)
	}
	return slices.DeleteFunc(strings.Fields(asked), func(scope string) bool { return !slices.Contains(s.Scopes, scope) })
}

// agree returns the code for what the person allowed.
func (s *Server) agree(r *http.Request, p *program) string {
	allowed := slices.DeleteFunc(s.grantable(r.FormValue("scope")), func(scope string) bool { return !slices.Contains(r.Form["allowed"], scope) })
	g := &Grant{
		Program: p.Name, ClientID: p.ID, Scopes: allowed, Expires: s.Now().Add(codeLifetime),
		code: s.Text(32), redirect: r.FormValue("redirect_uri"), challenge: r.FormValue("code_challenge"),
	}
	g.Person, _ = strconv.ParseInt(r.FormValue("person"), 10, 64)
	if id, err := strconv.ParseInt(r.FormValue("project"), 10, 64); err == nil {
		g.Projects = []int64{id}
	}
	s.grants = append(s.grants, g)
	return g.code
}

// back leads the browser to the program.
func (s *Server) back(w http.ResponseWriter, r *http.Request, name, value string) {
	to, _ := url.Parse(r.FormValue("redirect_uri"))
	query := to.Query()
	query.Set(name, value)
	if state := r.FormValue("state"); state != "" {
		query.Set("state", state)
	}
	to.RawQuery = query.Encode()
	http.Redirect(w, r, to.String(), http.StatusFound)
}

func show(w http.ResponseWriter, status int, page map[string]any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
	w.WriteHeader(status)
	_ = consent.Execute(w, page)
}
