package sandbox

import (
	"net/netip"
	"net/url"
	"strings"
)

// refusedURL says why PostHog does not take a webhook URL; empty when it
// does. The double asks no name server: names below .invalid and names without
// a dot do not resolve, and those below .nip.io resolve to the address in them.
func refusedURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "Invalid URL"
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "URL must start with http:// or https://"
	}
	if strings.Contains(raw, `\`) || strings.Count(u.Host, "@") > 0 || u.User != nil {
		return "Invalid URL: ambiguous authority"
	}
	return refusedHost(strings.ToLower(u.Hostname()))
}

func refusedHost(host string) string {
	if host == "" {
		return "Missing host"
	}
	switch host {
	case "localhost", "127.0.0.1", "::1", "0.0.0.0":
		return "Local/Loopback host not allowed"
	case "169.254.169.254", "metadata.google.internal":
		return "Local/metadata host"
	}
	for _, suffix := range []string{".local", ".internal"} {
		if strings.HasSuffix(host, suffix) {
			return "Internal domain pattern blocked: " + suffix
		}
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		return refusedAddress(ip, "Private IP address not allowed")
	}
	if name, ok := strings.CutSuffix(host, ".nip.io"); ok {
		if ip, err := netip.ParseAddr(name); err == nil {
			return refusedAddress(ip, "Disallowed target IP: "+ip.String())
		}
	}
	if !strings.Contains(host, ".") || strings.HasSuffix(host, ".invalid") {
		return "Could not resolve host"
	}
	return ""
}

func refusedAddress(ip netip.Addr, reason string) string {
	ip = ip.Unmap()
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() || ip.IsMulticast() {
		return reason
	}
	return ""
}
