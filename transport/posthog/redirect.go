package posthog

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"posthog-mcp/tools"
)

// maxHops is how many redirects a read follows: a slash, a moved page and one
// to spare.
const maxHops = 3

var (
	errMovedWrite = errors.New("a write is not sent on: it could be carried out twice")
	errMovedAway  = errors.New("the key is for the configured host only")
	errMovedOften = errors.New("too many redirects")
	errMovedWhere = errors.New("the redirect names no place")
)

// redirects reports an answer that points elsewhere. To a write any 3xx does: no
// PostHog answers one so, and whether something acted on it is not known.
func redirects(method string, status int) bool {
	if method != http.MethodGet {
		return status >= 300 && status <= 399
	}
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow returns the request that a redirect asks for, the hop-th of its call:
// a GET again, to the same scheme, host and port.
func follow(req *http.Request, res *http.Response, hop int) (*http.Request, *tools.Failure) {
	refusal := &tools.Failure{Kind: tools.Redirected, Sent: true, Status: res.StatusCode}
	location := res.Header.Get("Location")
	to, err := req.URL.Parse(location)
	if err != nil || location == "" {
		refusal.Err = errMovedWhere
		return nil, refusal
	}
	if wellFormed(strings.ToLower(to.Hostname())) {
		refusal.Target = strings.ToLower(to.Host)
	}
	switch {
	case req.Method != http.MethodGet:
		refusal.Err = errMovedWrite
	case !sameOrigin(req.URL, to):
		refusal.Err = errMovedAway
	case hop > maxHops:
		refusal.Err = errMovedOften
	default:
		next := req.WithContext(req.Context())
		next.URL = &url.URL{Scheme: to.Scheme, Host: req.URL.Host, Path: to.Path, RawPath: to.RawPath, RawQuery: to.RawQuery}
		return next, nil
	}
	return nil, refusal
}

func sameOrigin(a, b *url.URL) bool {
	portA, okA := plainPort(a)
	portB, okB := plainPort(b)
	return okA && okB && portA == portB && a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname())
}

// discard reads the few bytes that a redirect's page has, so that its
// connection can be kept; a longer one closes it.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10)
	_ = body.Close()
}
