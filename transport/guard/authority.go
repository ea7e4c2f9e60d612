package guard

import (
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// authority is the host and port in a Host header or an origin (RFC 3986,
// section 3.2), in one spelling: lower case, IPv6 in brackets and shortest.
type authority struct {
	host string
	port string // empty when not given
}

// authorityForm takes the names that DNS and container networks use, with or
// without the root's dot, IPv4 and bracketed IPv6 addresses, and a port: no user,
// no zone, no escapes, no blanks.
var authorityForm = regexp.MustCompile(`^(\[[0-9A-Fa-f:.]+\]|[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*\.?)(?::([1-9][0-9]*))?$`)

const maxName = 253 // RFC 1035, section 2.3.4, as text

func parseAuthority(s string) (authority, bool) {
	m := authorityForm.FindStringSubmatch(s)
	if m == nil || len(strings.TrimSuffix(m[1], ".")) > maxName {
		return authority{}, false
	}
	a := authority{strings.ToLower(m[1]), m[2]}
	if _, err := strconv.ParseUint(a.port, 10, 16); a.port != "" && err != nil {
		return authority{}, false
	}
	if inner, isAddr := strings.CutPrefix(a.host, "["); isAddr {
		addr, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !addr.Is6() {
			return authority{}, false
		}
		a.host = "[" + addr.String() + "]"
	}
	return a, true
}

// loopback reports whether a canonical host names this machine and can be
// nothing else: such a name cannot be rebound to another address.
func loopback(host string) bool {
	if host == "localhost" || host == "[::1]" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback() // IPv4: IPv6 is in brackets
}

// ValidHost tells whether host, with or without a port, is one that a Host
// header can carry here.
func ValidHost(host string) bool {
	_, ok := parseAuthority(host)
	return ok
}

// LoopbackHost tells whether host, with or without a port, names this machine
// and can name no other.
func LoopbackHost(host string) bool {
	a, ok := parseAuthority(host)
	return ok && loopback(strings.TrimSuffix(a.host, "."))
}

// LoopbackNames refuses requests that do not name a loopback host: a web page
// whose own name was pointed at this machine is not to drive a local service.
func LoopbackNames(next http.Handler) http.Handler {
	var names hostList
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if f := names.check(r.Host); f != nil {
			f.write(newResponse(w, r))
			return
		}
		next.ServeHTTP(w, r)
	})
}
