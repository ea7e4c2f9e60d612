// Package authority reads the host and the port of a URL, an origin or a Host header.
package authority

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Authority is a host and a port (RFC 3986, section 3.2) in one spelling: in lower case,
// IPv6 in brackets and shortest. It keeps the dot of the DNS root.
type Authority struct {
	Host string
	Port string // empty when not given
}

// form matches the names of DNS and container networks, with or without the root's dot,
// IPv4 and bracketed IPv6 addresses, and a port. A user, a zone, an escape or a blank
// does not match.
var form = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|` + label + `(?:\.` + label + `)*\.?)(?::([1-9][0-9]*))?$`)

const (
	label   = `[0-9A-Za-z_][0-9A-Za-z_-]*`
	maxName = 253 // RFC 1035, section 2.3.4, as text
)

// Parse reads "host" or "host:port".
func Parse(s string) (a Authority, ok bool) {
	m := form.FindStringSubmatch(s)
	if m == nil || len(strings.TrimSuffix(m[1], ".")) > maxName {
		return a, false
	}
	a = Authority{strings.ToLower(m[1]), m[2]}
	if _, err := strconv.ParseUint(a.Port, 10, 16); a.Port != "" && err != nil {
		return a, false
	}
	if !strings.HasPrefix(a.Host, "[") {
		return a, true
	}
	addr, err := netip.ParseAddr(strings.Trim(a.Host, "[]"))
	a.Host = "[" + addr.String() + "]"
	return a, err == nil && addr.Is6()
}

// Loopback reports whether the host names this machine. Such a name cannot be rebound to
// another address.
func (a Authority) Loopback() bool {
	addr, err := netip.ParseAddr(strings.Trim(a.Host, "[]"))
	return a.Host == "localhost" || err == nil && addr.IsLoopback()
}

// In returns a without its port, if that is the scheme's own.
func (a Authority) In(scheme string) Authority {
	if scheme == "https" && a.Port == "443" || scheme == "http" && a.Port == "80" {
		a.Port = ""
	}
	return a
}

// String returns "host" or "host:port".
func (a Authority) String() string {
	if a.Port == "" {
		return a.Host
	}
	return a.Host + ":" + a.Port
}
