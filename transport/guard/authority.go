package guard

import (
	"net/netip"
	"strconv"
	"strings"
)

// authority is the host and port in a Host header or an origin (RFC 3986,
// section 3.2), in one spelling: lower case, IPv6 in brackets and shortest.
type authority struct {
	host string
	port string // empty when not given
}

// parseAuthority takes names, IPv4 and bracketed IPv6 addresses with or
// without a port, and nothing else: no user, no zone, no escapes, no blanks.
func parseAuthority(s string) (authority, bool) {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
		host, port = s[:i], s[i+1:]
		if !isPort(port) {
			return authority{}, false
		}
	}
	host, ok := canonicalHost(host)
	return authority{host, port}, ok
}

func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && strconv.FormatUint(n, 10) == s
}

func canonicalHost(s string) (string, bool) {
	if !strings.HasPrefix(s, "[") {
		// Checked before it is lowered: the Kelvin sign is no k.
		return strings.ToLower(s), isName(s)
	}
	inner, closed := strings.CutSuffix(s[1:], "]")
	addr, err := netip.ParseAddr(inner)
	if !closed || err != nil || !addr.Is6() || addr.Zone() != "" {
		return "", false
	}
	return "[" + addr.String() + "]", true
}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits  = "0123456789"
	maxName = 253 // RFC 1035, section 2.3.4, as text
)

// isName takes what DNS and container networks use: labels of letters, digits,
// dashes and underscores, with or without the root's dot.
func isName(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if len(s) > maxName {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || !madeOf(label, letters+digits+"-_") {
			return false
		}
	}
	return true
}

func madeOf(s, set string) bool { return strings.Trim(s, set) == "" }

// loopback reports whether a canonical host names this machine and can be
// nothing else: such a name cannot be rebound to another address.
func loopback(host string) bool {
	if host == "localhost" || host == "[::1]" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback() // IPv4: IPv6 is in brackets
}
