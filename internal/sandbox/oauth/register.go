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
