package guard

import (
	"errors"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// authority is the host and port in a Host header or an origin (RFC 3986,
// section 3.2), in one spelling: lower case, IPv6 in brackets and shortest.
type authority struct {
	host string
	port string // empty when not given
}

// authorityForm matches the names of DNS and container networks, with or without the
// root's dot, IPv4 and bracketed IPv6 addresses, and a port. A user, a zone, an escape
// or a blank does not match.
var authorityForm = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*\.?)(?::([1-9][0-9]*))?$`)

const maxName = 253 // RFC 1035, section 2.3.4, as text

func parseAuthority(s string) (a authority, ok bool) {
	m := authorityForm.FindStringSubmatch(s)
	if m == nil || len(strings.TrimSuffix(m[1], ".")) > maxName {
		return a, false
	}
	a = authority{strings.ToLower(m[1]), m[2]}
	if _, err := strconv.ParseUint(a.port, 10, 16); a.port != "" && err != nil {
		return a, false
	}
	if !strings.HasPrefix(a.host, "[") {
		return a, true
	}
	addr, err := netip.ParseAddr(strings.Trim(a.host, "[]"))
	a.host = "[" + addr.String() + "]"
	return a, err == nil && addr.Is6()
}

// loopback reports whether a host names this machine. Such a name cannot be rebound to
// another address.
func (a authority) loopback() bool {
	addr, err := netip.ParseAddr(a.host)
	// IPv4: IPv6 is in brackets.
	return a.host == "localhost" || a.host == "[::1]" || err == nil && addr.IsLoopback()
}

// ValidHost reports whether host, with or without a port, is valid in a Host header.
func ValidHost(host string) bool {
	_, err := parseHost(host)
	return err == nil
}

// LoopbackHost reports whether host, with or without a port, names this machine and
// can name no other.
func LoopbackHost(host string) bool { return hostList(nil).allows(host) }

// LoopbackNames refuses requests that do not name a loopback host: a web page whose own
// name resolves to this machine (DNS rebinding) must not use a local service.
func LoopbackNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if LoopbackHost(r.Host) {
			next.ServeHTTP(w, r)
			return
		}
		forbiddenHost(r.Host).ServeHTTP(newResponse(w, r), r)
	})
}

// hostList has the allowed names besides the loopback ones, each for its port or,
// without one, for any port. A web page can have its own name resolve to 127.0.0.1, but
// the browser then sends that name as the Host.
type hostList []authority

// parseHost drops the dot of the DNS root.
func parseHost(s string) (authority, error) {
	a, ok := parseAuthority(s)
	a.host = strings.TrimSuffix(a.host, ".")
	switch {
	case ok:
		return a, nil
	case strings.Contains(s, "*"):
		return a, errors.New("wildcards are not accepted, name each host")
	case strings.Contains(s, "/"):
		return a, errors.New("give the host alone, without scheme and path")
	}
	return a, errors.New("expected a host like mcp.example.com or mcp.example.com:8443")
}

func (l hostList) allows(header string) bool {
	a, err := parseHost(header)
	return err == nil && (a.loopback() || slices.ContainsFunc(l, a.isListedAs))
}

func (a authority) isListedAs(entry authority) bool {
	// Clients leave the scheme's own port out of the header.
	implied := a.port == "" && (entry.port == "80" || entry.port == "443")
	return a.host == entry.host && (entry.port == "" || entry.port == a.port || implied)
}

func forbiddenHost(header string) *Refusal {
	return Refuse(http.StatusForbidden, "forbidden_host", "This server does not answer to the host "+quote(header)+". "+
		"If the name is meant to reach it, start it with that name in --allowed-hosts.")
}
