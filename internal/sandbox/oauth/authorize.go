package oauth

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
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

// A program has registered itself (RFC 7591). It is also the answer to that.
type program struct {
	ID            string   `json:"client_id"`
	Issued        int64    `json:"client_id_issued_at"`
	RedirectURIs  []string `json:"redirect_uris"`
	Name          string   `json:"client_name,omitempty"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
}

func (s *Server) register(r *http.Request) (int, any) {
	now := s.Now()
	s.joined = slices.DeleteFunc(s.joined, func(at time.Time) bool { return now.Sub(at) > time.Minute })
	p := &program{GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"}, AuthMethod: "none"}
	switch {
	case len(s.joined) >= mostPerMinute:
		return http.StatusTooManyRequests, failure{"throttled", "Request was throttled."}
	case json.NewDecoder(r.Body).Decode(p) != nil:
		return http.StatusBadRequest, failure{"invalid_client_metadata", "The body is not JSON."}
	case p.problem() != (failure{}):
		return http.StatusBadRequest, p.problem()
	}
	p.ID, p.Issued = s.Text(40), now.Unix()
	s.joined, s.programs[p.ID] = append(s.joined, now), p
	return http.StatusCreated, p
}

// problem returns the rule that the program breaks; none if it breaks none.
func (p *program) problem() failure {
	const metadata, redirect = "invalid_client_metadata", "invalid_redirect_uri"
	name := strings.ToLower(p.Name)
	reserved := func(word string) bool { return strings.Contains(name, word) }
	switch {
	case len(p.RedirectURIs) == 0:
		return failure{redirect, "redirect_uris must have at least one item."}
	case slices.ContainsFunc(p.RedirectURIs, unsafe):
		return failure{redirect, "redirect_uris must be https, http on loopback, or of an app's own scheme."}
	case len(name) > 255 || strings.HasPrefix(name, "posthog") || slices.ContainsFunc([]string{"official", "verified", "trusted"}, reserved):
		return failure{metadata, "client_name is not allowed."}
	case !within(p.GrantTypes, "authorization_code", "refresh_token"):
		return failure{metadata, "grant_types is not supported."}
	case !within(p.ResponseTypes, "code"):
		return failure{metadata, "response_types is not supported."}
	case !within([]string{p.AuthMethod}, "none", "client_secret_post"):
		return failure{metadata, "token_endpoint_auth_method is not supported."}
	}
	return failure{}
}

func within(values []string, known ...string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(known, v) })
}

func unsafe(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil || strings.ContainsAny(uri, " \t\n") || u.Scheme == "" {
		return true
	}
	addr, _ := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && u.Hostname() != "localhost" && !addr.IsLoopback()
}

// allows reports whether the program may be answered at an address. A loopback address matches at any port (RFC 8252,
// section 7.3), localhost if it was registered without one.
func (p *program) allows(address string) bool {
	return slices.ContainsFunc(p.RedirectURIs, func(known string) bool {
		is, err1 := url.Parse(address)
		was, err2 := url.Parse(known)
		if err1 != nil || err2 != nil || known == address {
			return known == address
		}
		if _, err := netip.ParseAddr(was.Hostname()); err == nil {
			was.Host = was.Hostname()
		}
		is.Host = is.Hostname()
		return was.Scheme == "http" && *is == *was
	})
}
