package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport/guard"
)

// Resource has the protected resource metadata (RFC 9728), in which OAuth clients find
// where their user logs in.
type Resource struct {
	// PublicURL is this server's URL for clients, without /mcp. If it is empty, only
	// clients on this machine get metadata, since the Host header could have any name.
	PublicURL           string
	AuthorizationServer string   // PostHog's address; empty for no metadata, as on the sandbox
	Scopes              []string // that a client should ask for
}

// wellKnown is the path of the metadata of the server as a whole.
const wellKnown = server.WellKnownProtectedResourcePath

// describedPaths are the paths of metadata: of the server, and of each transport, in
// every spelling of its address, with which the client compares the metadata.
var describedPaths = []string{wellKnown, wellKnown + "/mcp", wellKnown + "/mcp/", wellKnown + "/sse", wellKnown + "/sse/"}

// parsePublicURL returns a URL without a host for an empty text.
func parsePublicURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(s), "/"))
	switch {
	case s == "":
		return u, nil
	case err != nil || !guard.ValidHost(u.Host):
		return nil, errors.New("--public-url: expected a URL like https://mcp.example.com")
	case u.User != nil || strings.ContainsAny(s, "?#"):
		return nil, errors.New("--public-url: no user, query or fragment belongs into it")
	case u.Scheme != "https" && (u.Scheme != "http" || !guard.LoopbackHost(u.Host)):
		return nil, errors.New("--public-url: it must begin with https://, clients send their tokens there; http:// is for this machine alone")
	}
	return u, nil
}

// base is the URL by which the client of r knows this server; empty if it is unknown, or
// there is no login.
func (s *Server) base(r *http.Request) string {
	switch {
	case s.Resource.AuthorizationServer == "":
		return ""
	case s.public.Host == "" && guard.LoopbackHost(r.Host):
		return r.URL.Scheme + "://" + r.Host
	}
	return s.public.String()
}

// metadata is the URL of the metadata for r's path; empty for none.
func (s *Server) metadata(r *http.Request) string {
	base, path := s.base(r), wellKnown+r.URL.Path
	if strings.TrimSuffix(r.URL.Path, "/") == "/message" {
		path = wellKnown + "/sse"
	}
	if !slices.Contains(describedPaths, path) {
		path = wellKnown
	}
	if base == "" {
		return ""
	}
	return base + path
}

// describe serves the metadata of the path.
func (s *Server) describe(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	base := s.base(r)
	if base == "" {
		return noLogin
	}
	guard.WriteJSON(w, http.StatusOK, server.ProtectedResourceMetadataConfig{
		Resource:               base + strings.TrimPrefix(r.URL.Path, wellKnown),
		AuthorizationServers:   []string{s.Resource.AuthorizationServer},
		ScopesSupported:        s.Resource.Scopes,
		BearerMethodsSupported: []string{"header"},
		ResourceName:           "PostHog (posthog-mcp)",
	})
	return nil
}

// challenge returns the status for an OAuth client's call that PostHog refused. With 401
// the client asks its user to log in again; with 403 it asks for the missing scope, and for
// all others, which a login for that one alone would lose.
func (s *Server) challenge(h http.Header, r *http.Request, scope string) (status int) {
	c := guard.Challenge{Metadata: s.metadata(r), Error: "invalid_token", Description: "PostHog does not accept the token; it may have expired"}
	status = http.StatusUnauthorized
	if scope != "" {
		all := append([]string{scope}, s.Resource.Scopes...)
		slices.Sort(all)
		status, c.Error, c.Description = http.StatusForbidden, "insufficient_scope", "The token lacks the scope "+scope
		c.Scope = strings.Join(slices.Compact(all), " ")
	}
	h.Set("WWW-Authenticate", c.String())
	return status
}
