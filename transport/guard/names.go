package guard

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"posthog-mcp/internal/authority"
)

// hostList has the allowed names besides the loopback ones. A web page can have its own
// name resolve to 127.0.0.1, but the browser then sends that name as the Host.
type hostList []authority.Authority

// parseHost drops the dot of the DNS root.
func parseHost(s string) (authority.Authority, error) {
	a, ok := authority.Parse(s)
	ok = ok && !strings.HasPrefix(a.Host, "[::ffff:") // an IPv4 address in another spelling
	a.Host = strings.TrimSuffix(a.Host, ".")
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
	return err == nil && (a.Loopback() || slices.ContainsFunc(l, func(entry authority.Authority) bool {
		// Clients leave the scheme's own port out of the header.
		implied := a.Port == "" && (entry.Port == "80" || entry.Port == "443")
		return a.Host == entry.Host && (entry.Port == "" || entry.Port == a.Port || implied)
	}))
}

func forbiddenHost(header string) *Refusal {
	return Refuse(http.StatusForbidden, "forbidden_host", "This server does not answer to the host "+quote(header)+". "+
		"If the name is meant to reach it, start it with that name in --allowed-hosts.")
}

// ValidHost reports whether host, with or without a port, is valid in a Host header.
func ValidHost(host string) bool {
	_, err := parseHost(host)
	return err == nil
}

// LoopbackHost reports whether host, with or without a port, can name this machine only.
func LoopbackHost(host string) bool { return hostList(nil).allows(host) }

// LoopbackNames refuses requests that do not name a loopback host, and so web pages whose
// own name resolves to this machine (DNS rebinding).
func LoopbackNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !LoopbackHost(r.Host) {
			forbiddenHost(r.Host).ServeHTTP(newResponse(w, r), r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// origin is a web origin (RFC 6454), without the scheme's own port.
type origin struct {
	scheme string
	authority.Authority
}

// schemeForm is RFC 3986, section 3.1: extensions have their own schemes.
var schemeForm = regexp.MustCompile(`^[A-Za-z][0-9A-Za-z+.-]*$`)

// parseOrigin parses an origin as RFC 6454, section 6.2 writes it. It refuses "null":
// every sandboxed frame and local file has that.
func parseOrigin(s string) (origin, error) {
	scheme, rest, found := strings.Cut(s, "://")
	a, ok := authority.Parse(rest)
	scheme = strings.ToLower(scheme)
	o := origin{scheme, a.In(scheme)}
	switch {
	case ok && schemeForm.MatchString(scheme):
		return o, nil
	case strings.Contains(s, "*"):
		return o, errors.New("wildcards are not accepted, any web page could call then: name each origin")
	case s == "null":
		return o, errors.New("null is not accepted, any web page can have it")
	case found && strings.Contains(rest, "/"):
		return o, errors.New("an origin has no path and no slash at its end")
	}
	return o, errors.New("expected an origin like https://app.example.com")
}

// originList has the allowed origins besides those of loopback names.
type originList []origin

// check returns the allowed origin that called, or "" if no web page did, and refuses
// all others. Unlike [http.CrossOriginProtection] it checks every method: a GET may open
// a stream.
func (l originList) check(headers []string) (string, *Refusal) {
	if len(headers) == 0 {
		return "", nil
	}
	o, err := parseOrigin(headers[0])
	local := (o.scheme == "http" || o.scheme == "https") && o.Loopback()
	if len(headers) == 1 && err == nil && (local || slices.Contains(l, o)) {
		return headers[0], nil
	}
	return "", Refuse(http.StatusForbidden, "forbidden_origin", "This server takes no calls from web pages of the origin "+
		quote(strings.Join(headers, ", "))+". If they are meant to call it, start it with that origin in --allowed-origins.")
}

// answerPreflight allows what MCP clients send. It reports false if r is not the request
// that a browser sends before a call, without credentials (Fetch standard, section 3.3.2).
func answerPreflight(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodOptions || r.Header.Get("Origin") == "" || r.Header.Get("Access-Control-Request-Method") == "" {
		return false
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "POST, GET, OPTIONS")
	h.Set("Access-Control-Allow-Headers",
		"Content-Type, Authorization, Mcp-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name, Last-Event-ID, "+
			"X-PostHog-MCP-Read-Only, X-PostHog-MCP-Toolsets, X-PostHog-MCP-Tools, X-PostHog-MCP-Exclude-Tools, X-PostHog-MCP-Schema")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// Exposure describes who can reach a server.
type Exposure struct {
	Addr          string // to listen on, such as "127.0.0.1:8080"
	Authenticated bool   // callers must authenticate
	Encrypted     bool   // the server itself speaks TLS
	PlainHTTP     bool   // the operator allows plain HTTP, behind a proxy that speaks TLS
}

// Check refuses a server that everyone on other machines could use, and one that
// would receive keys from other machines unencrypted without the operator's
// permission. The error names the flags to change.
func (e Exposure) Check() error {
	switch {
	case !e.Authenticated:
		return LoopbackOnly(e.Addr)
	case e.Encrypted, e.PlainHTTP, LoopbackOnly(e.Addr) == nil:
		return nil
	}
	return fmt.Errorf("callers' keys would travel between machines in clear to --addr %s: give --tls-cert and --tls-key, "+
		"or a loopback address like 127.0.0.1:8080, or, where a proxy in front speaks TLS, --insecure-plain-http", quote(e.Addr))
}

// LoopbackOnly returns an error unless the listen address addr can be reached from
// this machine only.
func LoopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if a, _ := authority.Parse(net.JoinHostPort(host, "1")); err == nil && a.Loopback() {
		return nil
	}
	return fmt.Errorf("everyone who can connect is let in, so --addr must be a loopback address like 127.0.0.1:8080, not %s", quote(addr))
}
