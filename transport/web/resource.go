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
	// PublicURL is this server's URL for clients, without /mcp; empty if it is
	// unknown. Then only clients on this machine get metadata, since the Host header
	// could have any name.
	PublicURL string
	// AuthorizationServer issues the tokens: PostHog's address; empty on the sandbox,
	// which has no metadata.
	AuthorizationServer string
	// Scopes are those that a client should ask for.
	Scopes []string
}

// wellKnown is the path of the metadata of the server as a whole.
const wellKnown = server.WellKnownProtectedResourcePath

// describedPaths are the paths of metadata: of the server, and of each transport, in
// every spelling of its address, with which the client compares the metadata.
var describedPaths = []string{wellKnown, wellKnown + "/mcp", wellKnown + "/mcp/", wellKnown + "/sse", wellKnown + "/sse/"}

// resource serves the metadata. Without a Resource there is none.
type resource struct {
	Resource
	public *url.URL // without a host if not known
}

func newResource(o *Resource) (resource, error) {
	d := resource{public: &url.URL{}}
	if o == nil {
		return d, nil
	}
	d.Resource = *o
	if o.PublicURL == "" {
		return d, nil
	}
	u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(o.PublicURL), "/"))
	switch {
	case err != nil || !guard.ValidHost(u.Host):
		return d, errors.New("--public-url: expected a URL like https://mcp.example.com")
	case u.User != nil || strings.ContainsAny(o.PublicURL, "?#"):
		return d, errors.New("--public-url: no user, query or fragment belongs into it")
	case u.Scheme != "https" && (u.Scheme != "http" || !guard.LoopbackHost(u.Host)):
		return d, errors.New("--public-url: it must begin with https://, clients send their tokens there; http:// is for this machine alone")
	}
	d.public = u
	return d, nil
}

// access to the metadata is everyone's. But web pages must not learn what runs on this
// machine.
func (d resource) access() guard.Access {
	if d.public.Host == "" {
		return guard.Open
	}
	return guard.Public
}

// base is the URL by which the client of r knows this server; empty if unknown.
func (d resource) base(r *http.Request) string {
	switch {
	case d.AuthorizationServer == "":
		return ""
	case d.public.Host == "" && guard.LoopbackHost(r.Host):
		return r.URL.Scheme + "://" + r.Host
	}
	return d.public.String()
}

// metadata is the URL of the metadata for r's path; empty for none.
func (d resource) metadata(r *http.Request) string {
	base, path := d.base(r), wellKnown+r.URL.Path
	if strings.TrimSuffix(r.URL.Path, "/") == "/message" {
		path = wellKnown + "/sse"
	}
	switch {
	case base == "":
		return ""
	case slices.Contains(describedPaths, path):
		return base + path
	}
	return base + wellKnown
}

// scopes are those that a client without the missing one asks its user for: all of
// them, since a login for the missing one alone would lose the others.
func (d resource) scopes(missing string) string {
	all := append([]string{missing}, d.Scopes...)
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// describe serves the metadata of the path.
func (d resource) describe(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	base := d.base(r)
	if base == "" {
		return noLogin
	}
	guard.WriteJSON(w, http.StatusOK, server.ProtectedResourceMetadataConfig{
		Resource:               base + strings.TrimPrefix(r.URL.Path, wellKnown),
		AuthorizationServers:   []string{d.AuthorizationServer},
		ScopesSupported:        d.Scopes,
		BearerMethodsSupported: []string{"header"},
		ResourceName:           "PostHog (posthog-mcp)",
	})
	return nil
}
