package web

import (
	"errors"
	"fmt"
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

// describedPaths are the paths of metadata: of the server as a whole, and of each
// transport, in every spelling of its address.
func describedPaths() []string {
	const root = server.WellKnownProtectedResourcePath
	return []string{root, root + mcpPath, root + mcpPath + "/", root + ssePath, root + ssePath + "/"}
}

// describedBy returns the transport that a path belongs to, as the client spells it:
// the client compares the metadata's address with its own.
func describedBy(path string) string {
	switch path {
	case mcpPath, mcpPath + "/", ssePath, ssePath + "/":
		return path
	case messagePath, messagePath + "/":
		return ssePath
	}
	return ""
}

// resource serves the metadata. Without a Resource there is none.
type resource struct {
	*Resource
	public *url.URL // nil when not known
}

func newResource(o *Resource) (resource, error) {
	if o == nil || o.PublicURL == "" {
		return resource{Resource: o}, nil
	}
	u, err := parsePublicURL(o.PublicURL)
	if err != nil {
		return resource{}, fmt.Errorf("--public-url: %w", err)
	}
	return resource{o, u}, nil
}

func parsePublicURL(s string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(strings.TrimSpace(s), "/"))
	switch {
	case err != nil || !guard.ValidHost(u.Host):
		return nil, errors.New("expected a URL like https://mcp.example.com")
	case u.User != nil || strings.ContainsAny(s, "?#"):
		return nil, errors.New("no user, query or fragment belongs into it")
	case u.Scheme != "https" && (u.Scheme != "http" || !guard.LoopbackHost(u.Host)):
		return nil, errors.New("it must begin with https://, clients send their tokens there; http:// is for this machine alone")
	}
	return u, nil
}

// prefix is the path of --public-url, under which a proxy serves this server.
func (d resource) prefix() string {
	if d.public == nil {
		return ""
	}
	return d.public.EscapedPath()
}

// guarded adds the metadata's paths, which everyone may read, to the guard's options.
func (d resource) guarded(o guard.Options) guard.Options {
	o.Metadata = d.metadata
	if d.public == nil {
		// Web pages must not learn what runs on this machine.
		o.Open = append(o.Open, describedPaths()...)
		return o
	}
	o.Public = append(o.Public, describedPaths()...)
	// The public URL has the server's name.
	o.AllowedHosts = append(o.AllowedHosts, d.public.Host)
	return o
}

// base is the URL by which the client of r knows this server; empty if unknown.
func (d resource) base(r *http.Request) string {
	switch {
	case d.Resource == nil || d.AuthorizationServer == "":
		return ""
	case d.public != nil:
		return d.public.String()
	case guard.LoopbackHost(r.Host):
		return r.URL.Scheme + "://" + r.Host
	}
	return ""
}

// metadata is the URL of the metadata for r's path; empty for none.
func (d resource) metadata(r *http.Request) string {
	base := d.base(r)
	if base == "" {
		return ""
	}
	return base + server.WellKnownProtectedResourcePath + describedBy(r.URL.Path)
}

// scopes are those that a client without the missing one asks its user for: all of
// them, since a login for the missing one alone would lose the others.
func (d resource) scopes(missing string) string {
	all := []string{missing}
	if d.Resource != nil {
		all = append(all, d.Scopes...)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// describe serves the metadata of the path.
func (d resource) describe(w http.ResponseWriter, r *http.Request) *guard.Refusal {
	base := d.base(r)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		return wrongMethod(http.MethodGet, "This document is read with GET.")
	case base == "":
		return &guard.Refusal{Status: http.StatusNotFound, Code: "not_found", Message: "No login is described here. " +
			"Where callers bring their own PostHog keys, a server that is started with --public-url tells OAuth clients of PostHog's."}
	}
	guard.WriteJSON(w, http.StatusOK, server.ProtectedResourceMetadataConfig{
		Resource:               base + strings.TrimPrefix(r.URL.Path, server.WellKnownProtectedResourcePath),
		AuthorizationServers:   []string{d.AuthorizationServer},
		ScopesSupported:        d.Scopes,
		BearerMethodsSupported: []string{"header"},
		ResourceName:           "PostHog (posthog-mcp)",
	})
	return nil
}
