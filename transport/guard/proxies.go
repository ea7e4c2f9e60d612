package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Client is who is at the other end of a request.
type Client struct {
	// Addr is where the request came from: the connection's other end or, where
	// that is a trusted proxy, whom the proxy names. It is not valid where the
	// connection has no address.
	Addr netip.Addr
	// Scheme is http or https, as the client speaks it.
	Scheme string
}

type clientKey struct{}

// ClientOf is who sent the request of ctx; the zero value outside of a guard.
func ClientOf(ctx context.Context) Client {
	c, _ := ctx.Value(clientKey{}).(Client)
	return c
}

// proxyList holds the proxies whose word is taken. What others say of where a
// request comes from is anybody's guess.
type proxyList []netip.Prefix

func newProxyList(entries []string) (proxyList, error) {
	var list proxyList
	for _, e := range entries {
		p, err := parsePrefix(strings.TrimSpace(e))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", quote(e), err)
		}
		list = append(list, p)
	}
	return list, nil
}

// parsePrefix takes an address or a network: 10.0.0.5, 10.0.0.0/8, fd00::/8.
func parsePrefix(s string) (netip.Prefix, error) {
	if addr, ok := parseAddr(s); ok {
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

// clientOf finds out who sent r. Two headers say it, and a proxy that writes
// the one often passes the other on as the client made it up. So where both are
// there and differ, neither counts.
func (l proxyList) clientOf(r *http.Request) Client {
	near := Client{Scheme: "http"}
	near.Addr, _ = parseHop(r.RemoteAddr)
	if r.TLS != nil {
		near.Scheme = "https"
	}
	if !l.trusts(near.Addr) {
		return near
	}
	told := []way{commonWay(r.Header), standardWay(r.Header)}
	return Client{
		Addr:   agreed(near.Addr, told, func(w way) netip.Addr { return l.walk(near.Addr, w.hops) }),
		Scheme: agreed(near.Scheme, told, way.scheme),
	}
}

// agreed is what the ways say, where they don't differ. Who says nothing, says
// the zero value.
func agreed[T comparable](otherwise T, told []way, say func(way) T) T {
	var nothing, found T
	for _, w := range told {
		switch said := say(w); {
		case said == nothing || said == found:
		case found != nothing:
			return otherwise
		default:
			found = said
		}
	}
	if found == nothing {
		return otherwise
	}
	return found
}

// walk goes from the nearest hop to the farthest. The first that is no trusted
// proxy is the client: what it says of itself, further to the left, is not
// believed, nor is anything beyond a hop that is no address.
func (l proxyList) walk(from netip.Addr, hops []string) (to netip.Addr) {
	for _, hop := range slices.Backward(hops) {
		addr, ok := parseHop(hop)
		if !ok {
			return from
		}
		if from, to = addr, addr; !l.trusts(addr) {
			break
		}
	}
	return to
}

// parseHop takes an address with or without a port: 192.0.2.1, 192.0.2.1:4711,
// 2001:db8::1, [2001:db8::1]:4711.
func parseHop(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if with, err := netip.ParseAddrPort(s); err == nil {
		return with.Addr().Unmap().WithZone(""), true
	}
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
	}
	return parseAddr(s)
}

func parseAddr(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(s)
	return addr.Unmap().WithZone(""), err == nil
}
