package guard

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
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

// parseOrigin takes what RFC 6454, section 6.2 writes. "null" is none: every
// sandboxed frame and local file has it.
func parseOrigin(s string) (origin, bool) {
	scheme, rest, _ := strings.Cut(s, "://")
	a, ok := parseAuthority(rest)
	o := origin{strings.ToLower(scheme), a}
	if o.scheme == "https" && o.port == "443" || o.scheme == "http" && o.port == "80" {
		o.port = ""
	}
	return o, ok && schemeForm.MatchString(scheme)
}

// anyOrigin opens an answer to web pages of every origin, which then read it
// without credentials (Fetch standard, section 3.3.5).
const anyOrigin = "*"

// originList holds the origins that may call besides those of loopback names.
type originList map[origin]bool

func newOriginList(entries []string) (originList, error) {
	list := originList{}
	for _, e := range entries {
		o, ok := parseOrigin(strings.TrimSpace(e))
		if !ok {
			return nil, fmt.Errorf("%s: %w", quote(e), originMistake(e))
		}
		list[o] = true
	}
	return list, nil
}

func originMistake(entry string) error {
	_, rest, found := strings.Cut(entry, "://")
	switch {
	case strings.Contains(entry, "*"):
		return errors.New("wildcards are not accepted, any web page could call then: name each origin")
	case strings.TrimSpace(entry) == "null":
		return errors.New("null is not accepted, any web page can have it")
	case found && strings.Contains(rest, "/"):
		return errors.New("an origin has no path and no slash at its end")
	default:
		return errors.New("expected an origin like https://app.example.com")
	}
}

// check returns the allowed origin that called, empty when no web page did,
// and refuses all others. It holds for every method, as
// [http.CrossOriginProtection] does not: a GET may open a stream.
func (l originList) check(headers []string) (string, *refusal) {
	if len(headers) == 0 {
		return "", nil
	}
	if len(headers) == 1 && l.allows(headers[0]) {
		return headers[0], nil
	}
	return "", &refusal{
		status: http.StatusForbidden,
		code:   "forbidden_origin",
		message: fmt.Sprintf("This server takes no calls from web pages of the origin %s. "+
			"If they are meant to call it, start it with that origin in --allowed-origins.", quote(strings.Join(headers, ", "))),
	}
}

func (l originList) allows(header string) bool {
	o, ok := parseOrigin(header)
	if !ok {
		return false
	}
	local := (o.scheme == "http" || o.scheme == "https") && loopback(o.host)
	return local || l[o]
}

// isPreflight recognises the question a browser asks before a call (Fetch
// standard, section 3.3.2). It carries no credentials.
func isPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions &&
		r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// answerPreflight tells what an allowed origin may send: what MCP clients do.
func answerPreflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "POST, GET, OPTIONS")
	h.Set("Access-Control-Allow-Headers",
		"Content-Type, Authorization, Mcp-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name, Last-Event-ID, "+
			"X-PostHog-MCP-Read-Only, X-PostHog-MCP-Toolsets, X-PostHog-MCP-Tools, X-PostHog-MCP-Exclude-Tools, X-PostHog-MCP-Schema")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}
