package posthog

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const (
	labelRunes  = "abcdefghijklmnopqrstuvwxyz0123456789_-"
	longestName = 253 // of a DNS name, RFC 1035
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
func InClear(host *url.URL) bool { return host.Scheme == "http" && !loopback(host.Hostname()) }

// checkHost returns the origin of u, if a key may be sent to it.
func checkHost(u *url.URL, allowClear bool) (*url.URL, error) {
	name := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	port, ok := plainPort(u)
	if !ok || !wellFormed(name) {
		return nil, errNotHost
	}
	switch {
	case u.Scheme == "http" && public(name):
		return nil, fmt.Errorf("PostHog host: http:// would send the key in clear; use https://%s", name)
	case u.Scheme == "http" && !loopback(name) && !allowClear:
		return nil, fmt.Errorf("PostHog host: http:// is for loopback hosts only; use https://%s, or, on a private network, --insecure-posthog-http", name)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("PostHog host: the URL must begin with https://, like https://%s", name)
	case name == "app.posthog.com":
		return nil, errors.New("PostHog host: app.posthog.com is the old address of both regions; use us or eu, where the account is")
	case strings.HasSuffix(name, ".i.posthog.com"):
		return nil, fmt.Errorf("PostHog host: %s only takes events in; use %s", name, apiOf(name))
	}
	plain := name
	if strings.Contains(name, ":") {
		plain = "[" + name + "]"
	}
	if port != "" {
		plain = net.JoinHostPort(name, port)
	}
	return &url.URL{Scheme: u.Scheme, Host: plain}, nil
}

// apiOf names the API's host that belongs to an ingestion host.
func apiOf(ingestion string) string {
	for _, region := range []string{"us", "eu"} {
		if strings.HasPrefix(ingestion, region) {
			return Cloud(region).String()
		}
	}
	return "us or eu"
}

// plainPort returns the port of u in its shortest form; empty for the scheme's
// default port.
func plainPort(u *url.URL) (string, bool) {
	if u.Port() == "" {
		return "", true
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || n == 0 {
		return "", false
	}
	if u.Scheme == "https" && n == 443 || u.Scheme == "http" && n == 80 {
		return "", true
	}
	return strconv.FormatUint(n, 10), true
}

// wellFormed reports whether name, in lower case, is an IP address or has the form
// of a DNS name.
func wellFormed(name string) bool {
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.Zone() == ""
	}
	if name == "" || len(name) > longestName {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || label[0] == '-' || strings.Trim(label, labelRunes) != "" {
			return false
		}
	}
	return true
}

// public reports whether PostHog runs the host itself. All of those speak https.
func public(name string) bool {
	return name == "posthog.com" || strings.HasSuffix(name, ".posthog.com")
}

func loopback(name string) bool {
	addr, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && addr.IsLoopback()
}
