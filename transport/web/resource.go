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

// Resource is what OAuth clients are told of this server, so that they find by
// themselves where their user logs in: protected resource metadata (RFC 9728).
type Resource struct {
	// PublicURL is where clients reach this server, without /mcp. Empty where it
	// is not known: the Host header could be anyone's choice, so that then only
	// clients on this machine are told anything.
	PublicURL string
	// AuthorizationServer is who gives out the tokens: PostHog's address; empty on
	// the sandbox, where no login is described.
	AuthorizationServer string
	// Scopes are what a client is to ask for.
	Scopes []string
}

// describedPaths are where descriptions stand: of the server as a whole, and of
// either transport, by every spelling of its address.
func describedPaths() []string {
	const root = server.WellKnownProtectedResourcePath
	return []string{root, root + mcpPath, root + mcpPath + "/", root + ssePath, root + ssePath + "/"}
}

// describedBy is the part of the server that a path belongs to, as the client
// spells it: it compares the description's address with its own.
func describedBy(path string) string {
	switch path {
	case mcpPath, mcpPath + "/", ssePath, ssePath + "/":
		return path
	case messagePath, messagePath + "/":
		return ssePath
	}
	return ""
}

// resource answers for the descriptions. Without a Resource there are none.
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

// prefix is the path under which a proxy shows this server, as --public-url
// says; empty for none.
func (d resource) prefix() string {
	if d.public == nil {
		return ""
	}
	return d.public.EscapedPath()
}

// guarded makes the guard's part of it: where a refused client looks, and that
// what stands there is for everyone.
func (d resource) guarded(o guard.Options) guard.Options {
	o.Metadata = d.metadata
	if d.public == nil {
		// A page of any origin could tell from it what runs on this machine.
		o.Open = append(o.Open, describedPaths()...)
		return o
	}
	o.Public = append(o.Public, describedPaths()...)
	// Who says where the server is reached says its name.
	o.AllowedHosts = append(o.AllowedHosts, d.public.Host)
	return o
}

// base is the URL by which the client of r knows this server; empty when that
// cannot be told.
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

// metadata is the URL of the description of what r asks for; empty for none.
func (d resource) metadata(r *http.Request) string {
	base := d.base(r)
	if base == "" {
		return ""
	}
	return base + server.WellKnownProtectedResourcePath + describedBy(r.URL.Path)
}

// scopes are what a client asks its user for that lacks one: the others too,
// since a login for the one alone would lose what was granted before.
func (d resource) scopes(missing string) string {
	all := []string{missing}
	if d.Resource != nil {
		all = append(all, d.Scopes...)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// ServeHTTP describes what the path ends in.
func (d resource) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	base := d.base(r)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		answerMethod(w, http.MethodGet, "This document is read with GET.")
	case base == "":
		answer(w, http.StatusNotFound, "not_found", "No login is described here. "+
			"Where callers bring their own PostHog keys, a server that is started with --public-url tells OAuth clients of PostHog's.")
	default:
		writeJSON(w, http.StatusOK, server.ProtectedResourceMetadataConfig{
			Resource:               base + strings.TrimPrefix(r.URL.Path, server.WellKnownProtectedResourcePath),
			AuthorizationServers:   []string{d.AuthorizationServer},
			ScopesSupported:        d.Scopes,
			BearerMethodsSupported: []string{"header"},
			ResourceName:           "PostHog (posthog-mcp)",
		})
	}
}
