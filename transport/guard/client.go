package guard

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// proxyList has the proxies whose headers are believed. Anyone can send such headers.
type proxyList []netip.Prefix

// parsePrefix reads an address or a network: 10.0.0.5, 10.0.0.0/8, fd00::/8.
func parsePrefix(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil {
		addr = addr.Unmap().WithZone("")
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil || p.Addr().Is4In6():
		return p, errors.New("expected an address or a network like 10.0.0.0/8")
	case p.Bits() == 0:
		return p, errors.New("everyone would be a trusted proxy: name the network that they are in")
	case p != p.Masked():
		return p, fmt.Errorf("the network of that address is %s", p.Masked())
	}
	return p, nil
}

func (l proxyList) trusts(a netip.Addr) bool {
	return slices.ContainsFunc(l, func(p netip.Prefix) bool { return p.Contains(a) })
}

// fromClient returns a copy of r with the client's IP address in RemoteAddr and the
// client's scheme, http or https, in URL. Behind a trusted proxy, both are what the
// proxy says of its client. Two families of headers say it, and a proxy that writes
// the one often passes the other on as the client made it up. So if both are there
// and differ, neither counts.
func (l proxyList) fromClient(r *http.Request) *http.Request {
	addr, scheme := parseHop(r.RemoteAddr), "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if l.trusts(addr) {
		hops, schemes := forwarded(r.Header["Forwarded"])
		addr = consistent(addr, l.walk(addr, split(r.Header["X-Forwarded-For"])), l.walk(addr, hops))
		scheme = consistent(scheme, schemeOf(split(r.Header["X-Forwarded-Proto"])), schemeOf(schemes))
	}
	u := *r.URL
	u.Scheme = scheme
	r = r.WithContext(r.Context())
	r.RemoteAddr, r.URL = addr.String(), &u
	return r
}

// consistent returns the value that a and b agree on, or else the fallback. A zero
// value agrees with any.
func consistent[T comparable](fallback, a, b T) T {
	var zero T
	switch {
	case a == zero:
		return cmp.Or(b, fallback)
	case b == zero, a == b:
		return a
	}
	return fallback
}

// walk goes from the nearest hop to the farthest. The first that is no trusted proxy is
// the client: the hops further to the left are its own claim. Neither are hops beyond
// one that is no address believed.
func (l proxyList) walk(from netip.Addr, hops []string) (to netip.Addr) {
	for _, hop := range slices.Backward(hops) {
		addr := parseHop(hop)
		if !addr.IsValid() {
			return from
		}
		if from, to = addr, addr; !l.trusts(addr) {
			break
		}
	}
	return to
}

// schemeOf returns http or https, or "" if none or several are named.
func schemeOf(named []string) string {
	if named = slices.Compact(named); len(named) != 1 {
		return ""
	}
	switch s := strings.ToLower(named[0]); s {
	case "http", "https":
		return s
	}
	return ""
}

// split returns the values of a header to which each proxy appends.
func split(lines []string) (values []string) {
	for _, line := range lines {
		for value := range strings.SplitSeq(line, ",") {
			values = append(values, strings.TrimSpace(value))
		}
	}
	return values
}

// A line of Forwarded has elements between commas, each with pairs between semicolons
// (RFC 7239, section 4): for=192.0.2.1;proto=https, for="[::1]". A pair is matched with
// the sign after it.
var (
	pair = regexp.MustCompile("\\s*([-!#$%&'*+.^_`|~0-9A-Za-z]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s,;\"]*))\\s*([,;]|$)")
	line = regexp.MustCompile("^(?:" + pair.String() + ")+$")
	// escape is a quoted pair (RFC 9110, section 5.6.4).
	escape = regexp.MustCompile(`\\(.)`)
)

// forwarded reads Forwarded. A malformed line is one hop without an address: a client
// could leave a quote open to hide the proxy's part.
func forwarded(lines []string) (hops, schemes []string) {
	for _, text := range lines {
		if !line.MatchString(text) || strings.ContainsAny(text[len(text)-1:], ",;") {
			hops = append(hops, "")
			continue
		}
		hop := ""
		for _, m := range pair.FindAllStringSubmatch(text, -1) {
			value := escape.ReplaceAllString(m[2], "$1") + m[3]
			switch strings.ToLower(m[1]) {
			case "for":
				hop = value
			case "proto":
				schemes = append(schemes, value)
			}
			if m[4] != ";" {
				hops, hop = append(hops, hop), ""
			}
		}
	}
	return hops, schemes
}

// parseHop reads an address with or without a port: 192.0.2.1, 192.0.2.1:4711,
// 2001:db8::1, [2001:db8::1], [2001:db8::1]:4711. It returns the zero address for
// other text.
func parseHop(s string) netip.Addr {
	addr, err := netip.ParseAddr(s)
	for _, port := range []string{"", ":0"} {
		if with, wrong := netip.ParseAddrPort(s + port); err != nil && wrong == nil {
			addr = with.Addr()
		}
	}
	return addr.Unmap().WithZone("")
}
