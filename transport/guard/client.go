package guard

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"unicode"
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

// fromClient returns a copy of r with the client's IP address in RemoteAddr and its
// scheme in URL. Behind a trusted proxy, both are what the proxy says.
func (l proxyList) fromClient(r *http.Request) *http.Request {
	client, scheme := parseHop(r.RemoteAddr), "http"
	if r.TLS != nil {
		scheme = "https"
	}
	if l.trusts(client) {
		schemes := slices.Compact(split(r.Header["X-Forwarded-Proto"]))
		if len(schemes) == 1 && (schemes[0] == "http" || schemes[0] == "https") {
			scheme = schemes[0]
		}
	}
	// The first hop that is no trusted proxy is the client. Those further to the left are
	// its own claim.
	for _, hop := range slices.Backward(split(r.Header["X-Forwarded-For"])) {
		addr := parseHop(hop)
		if !addr.IsValid() || !l.trusts(client) {
			break
		}
		client = addr
	}
	u := *r.URL
	u.Scheme = scheme
	r = r.WithContext(r.Context())
	r.RemoteAddr, r.URL = client.String(), &u
	return r
}

// split returns the values, in lower case, of a header to which each proxy appends.
func split(lines []string) []string {
	return strings.FieldsFunc(strings.ToLower(strings.Join(lines, ",")), func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
}

// parseHop reads 192.0.2.1, 192.0.2.1:4711, 2001:db8::1, [2001:db8::1] or
// [2001:db8::1]:4711. It returns the zero address for other text.
func parseHop(s string) netip.Addr {
	addr, err := netip.ParseAddr(s)
	for _, port := range []string{"", ":0"} {
		if with, wrong := netip.ParseAddrPort(s + port); err != nil && wrong == nil {
			addr = with.Addr()
		}
	}
	return addr.Unmap().WithZone("")
}
