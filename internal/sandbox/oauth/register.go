package oauth

import (
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A program has registered itself (RFC 7591).
type program struct {
	RedirectURIs  []string `json:"redirect_uris"`
	Name          string   `json:"client_name"`
	GrantTypes    []string `json:"grant_types"`
	ResponseTypes []string `json:"response_types"`
	AuthMethod    string   `json:"token_endpoint_auth_method"`
}

func (s *Server) register(w http.ResponseWriter, r *http.Request) {
	now := s.Now()
	s.joined = slices.DeleteFunc(s.joined, func(at time.Time) bool { return now.Sub(at) > time.Minute })
	if len(s.joined) >= mostPerMinute {
		w.Header().Set("Retry-After", "60")
		refuse(w, http.StatusTooManyRequests, "throttled", "Request was throttled.")
		return
	}
	if s.full(w) {
		return
	}
	p := program{GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"}, AuthMethod: "none"}
	if json.NewDecoder(r.Body).Decode(&p) != nil {
		refuse(w, http.StatusBadRequest, "invalid_client_metadata", "The body is not JSON.")
		return
	}
	if name, why := p.problem(); why != "" {
		refuse(w, http.StatusBadRequest, name, why)
		return
	}
	s.joined = append(s.joined, now)
	id := s.Text(40)
	s.programs[id] = &p
	body := map[string]any{
		"client_id": id, "redirect_uris": p.RedirectURIs, "grant_types": p.GrantTypes, "response_types": p.ResponseTypes,
		"token_endpoint_auth_method": p.AuthMethod, "client_id_issued_at": now.Unix(),
	}
	if p.Name != "" {
		body["client_name"] = p.Name
	}
	answer(w, http.StatusCreated, body)
}

// problem returns the error's code and description; empty for none.
func (p *program) problem() (code, why string) {
	const metadata, redirect = "invalid_client_metadata", "invalid_redirect_uri"
	name := strings.ToLower(p.Name)
	if len(p.RedirectURIs) == 0 {
		return redirect, "redirect_uris must have at least one item."
	}
	for _, uri := range p.RedirectURIs {
		if u, err := url.Parse(uri); err != nil || strings.ContainsAny(uri, " \t\n") || u.Scheme == "" || u.Scheme == "http" && !loopback(u.Hostname()) {
			return redirect, "redirect_uris must be https, http on loopback, or of an app's own scheme."
		}
	}
	switch {
	case len(p.Name) > 255, strings.HasPrefix(name, "posthog"),
		slices.ContainsFunc([]string{"official", "verified", "trusted"}, func(word string) bool { return strings.Contains(name, word) }):
		return metadata, "client_name is not allowed."
	case !within(p.GrantTypes, "authorization_code", "refresh_token"):
		return metadata, "grant_types is not supported."
	case !within(p.ResponseTypes, "code"):
		return metadata, "response_types is not supported."
	case !within([]string{p.AuthMethod}, "none", "client_secret_post"):
		return metadata, "token_endpoint_auth_method is not supported."
	}
	return "", ""
}

func within(values []string, known ...string) bool {
	return !slices.ContainsFunc(values, func(v string) bool { return !slices.Contains(known, v) })
}

func loopback(name string) bool {
	addr, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && addr.IsLoopback()
}

// allows reports whether the program may be answered at an address. A loopback
// address matches at any port (RFC 8252, section 7.3), localhost if it was
// registered without one.
func (p *program) allows(address string) bool {
	return slices.ContainsFunc(p.RedirectURIs, func(known string) bool {
		is, err1 := url.Parse(address)
		was, err2 := url.Parse(known)
		if err1 != nil || err2 != nil || known == address {
			return known == address
		}
		_, err := netip.ParseAddr(was.Hostname())
		if anyPort := was.Scheme == "http" && (err == nil || was.Port() == ""); !anyPort {
			return false
		}
		is.Host, was.Host = net.JoinHostPort(is.Hostname(), ""), net.JoinHostPort(was.Hostname(), "")
		return *is == *was
	})
}
