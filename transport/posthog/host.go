package posthog

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"posthog-mcp/internal/authority"
)

var errNotHost = errors.New("PostHog host: not a URL; give us, eu, or a URL like https://posthog.example.com")

// Cloud returns the host of a region of PostHog Cloud: us or eu.
func Cloud(region string) *url.URL {
	return &url.URL{Scheme: "https", Host: region + ".posthog.com"}
}

// ParseHost returns PostHog's address: of "us" (also the empty string), of "eu", or
// of the URL of another PostHog, which must have no path, query or user. http:// is
// accepted for loopback hosts only, since the key would travel unencrypted.
// allowClear accepts it for other hosts too, but never for PostHog's own. The
// result is in lower case and has no default port. Errors are one line, and of s
// they repeat only the host.
func ParseHost(s string, allowClear bool) (*url.URL, error) {
	s = strings.TrimSpace(s)
	switch region := strings.ToLower(s); region {
	case "":
		return Cloud("us"), nil
	case "us", "eu":
		return Cloud(region), nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.Host == "" {
		return nil, errNotHost
	}
	switch {
	case u.User != nil:
		return nil, errors.New("PostHog host: no user name or password belongs into the URL; the key has its own setting")
	case strings.ContainsAny(s, "?#"):
		return nil, errors.New("PostHog host: no query or fragment belongs into the URL")
	case u.Path != "" && u.Path != "/":
		return nil, errors.New("PostHog host: no path belongs into the URL; PostHog is at the root of its host")
	}
	return checkHost(u, allowClear)
}

// InClear reports whether requests to a host from [ParseHost] leave this machine
// unencrypted, with the key.
func InClear(host *url.URL) bool {
	a, _ := authority.Parse(host.Host)
	return host.Scheme == "http" && !a.Loopback()
}

// checkHost returns the origin of u, if a key may be sent to it.
func checkHost(u *url.URL, allowClear bool) (*url.URL, error) {
	host := strings.TrimSuffix(u.Host, ":")
	if port := strings.TrimLeft(u.Port(), "0"); port != "" {
		host = strings.TrimSuffix(host, u.Port()) + port
	}
	a, ok := authority.Parse(host)
	if !ok {
		return nil, errNotHost
	}
	a = a.In(u.Scheme)
	a.Host = strings.TrimSuffix(a.Host, ".")
	// PostHog runs these itself. All of them speak https.
	public := a.Host == "posthog.com" || strings.HasSuffix(a.Host, ".posthog.com")
	switch {
	case u.Scheme == "http" && public:
		return nil, fmt.Errorf("PostHog host: http:// would send the key in clear; use https://%s", a.Host)
	case u.Scheme == "http" && !a.Loopback() && !allowClear:
		return nil, fmt.Errorf("PostHog host: http:// is for loopback hosts only; use https://%s, or, on a private network, --insecure-posthog-http", a.Host)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("PostHog host: the URL must begin with https://, like https://%s", a.Host)
	case a.Host == "app.posthog.com":
		return nil, errors.New("PostHog host: app.posthog.com is the old address of both regions; use us or eu, where the account is")
	case strings.HasSuffix(a.Host, ".i.posthog.com"):
		return nil, fmt.Errorf("PostHog host: %s only takes events in; use %s", a.Host, apiOf(a.Host))
	}
	return &url.URL{Scheme: u.Scheme, Host: a.String()}, nil
}

// apiOf names the API's host that belongs to an ingestion host.
func apiOf(ingestion string) string {
	if region := ingestion[:2]; region == "us" || region == "eu" {
		return Cloud(region).String()
	}
	return "us or eu"
}
