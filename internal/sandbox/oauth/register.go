package oauth

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

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
	p := &program{GrantTypes: []string{"authorization_code"}, ResponseTypes: []string{"code"}, AuthMethod: "none"}
	if json.NewDecoder(r.Body).Decode(p) != nil {
		refuse(w, http.StatusBadRequest, "invalid_client_metadata", "The body is not JSON.")
		return
	}
	if code, why := p.problem(); code != "" {
		refuse(w, http.StatusBadRequest, code, why)
		return
	}
	p.ID, p.Issued = s.Text(40), now.Unix()
	s.joined, s.programs[p.ID] = append(s.joined, now), p
	answer(w, http.StatusCreated, p)
}

// problem returns the error's code and description; empty for none.
func (p *program) problem() (code, why string) {
	const metadata, redirect = "invalid_client_metadata", "invalid_redirect_uri"
	name := strings.ToLower(p.Name)
	reserved := func(word string) bool { return strings.Contains(name, word) }
	for _, rule := range []struct {
		broken    bool
		code, why string
	}{
		{len(p.RedirectURIs) == 0, redirect, "redirect_uris must have at least one item."},
		{slices.ContainsFunc(p.RedirectURIs, unsafe), redirect, "redirect_uris must be https, http on loopback, or of an app's own scheme."},
		{len(name) > 255 || strings.HasPrefix(name, "posthog") || slices.ContainsFunc([]string{"official", "verified", "trusted"}, reserved), metadata, "client_name is not allowed."},
		{!within(p.GrantTypes, "authorization_code", "refresh_token"), metadata, "grant_types is not supported."},
		{!within(p.ResponseTypes, "code"), metadata, "response_types is not supported."},
		{!within([]string{p.AuthMethod}, "none", "client_secret_post"), metadata, "token_endpoint_auth_method is not supported."},
	} {
		if rule.broken {
			return rule.code, rule.why
		}
	}
	return "", ""
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
		if _, err := netip.ParseAddr(was.Hostname()); err == nil {
			was.Host = was.Hostname()
		}
		is.Host = is.Hostname()
		return was.Scheme == "http" && *is == *was
	})
}
