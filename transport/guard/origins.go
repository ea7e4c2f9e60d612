package guard

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// origin is a web origin (RFC 6454): a scheme, a host and a port, which is
// empty when it is the scheme's own.
type origin struct {
	scheme string
	authority
}

// schemeForm is RFC 3986, section 3.1: extensions have their own schemes.
var schemeForm = regexp.MustCompile(`^[A-Za-z][0-9A-Za-z+.-]*$`)

// parseOrigin parses an origin as RFC 6454, section 6.2 writes it. It refuses "null":
// every sandboxed frame and local file has that.
func parseOrigin(s string) (origin, error) {
	scheme, rest, found := strings.Cut(s, "://")
	a, ok := parseAuthority(rest)
	o := origin{strings.ToLower(scheme), a}
	if o.scheme == "https" && o.port == "443" || o.scheme == "http" && o.port == "80" {
		o.port = ""
	}
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

// anyOrigin lets web pages of every origin read an answer, without credentials (Fetch
// standard, section 3.3.5).
const anyOrigin = "*"

// originList has the allowed origins besides those of loopback names.
type originList []origin

// check returns the allowed origin that called, or "" if no web page did, and refuses
// all others. Unlike [http.CrossOriginProtection] it checks every method: a GET may open
// a stream.
func (l originList) check(headers []string) (string, *Refusal) {
	if len(headers) == 0 {
		return "", nil
	}
	if len(headers) == 1 && l.allows(headers[0]) {
		return headers[0], nil
	}
	return "", Refuse(http.StatusForbidden, "forbidden_origin", "This server takes no calls from web pages of the origin "+
		quote(strings.Join(headers, ", "))+". If they are meant to call it, start it with that origin in --allowed-origins.")
}

func (l originList) allows(header string) bool {
	o, err := parseOrigin(header)
	local := (o.scheme == "http" || o.scheme == "https") && o.loopback()
	return err == nil && (local || slices.Contains(l, o))
}

// isPreflight recognises the request that a browser sends before a call, without
// credentials (Fetch standard, section 3.3.2).
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions &&
		r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// answerPreflight allows what MCP clients send.
func answerPreflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "POST, GET, OPTIONS")
	h.Set("Access-Control-Allow-Headers",
		"Content-Type, Authorization, Mcp-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name, Last-Event-ID, "+
			"X-PostHog-MCP-Read-Only, X-PostHog-MCP-Toolsets, X-PostHog-MCP-Tools, X-PostHog-MCP-Exclude-Tools, X-PostHog-MCP-Schema")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}
