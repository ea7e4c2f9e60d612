package posthog

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"posthog-mcp/tools"
)

// maxHops is the most redirects that a read follows: a missing slash, a moved page
// and one to spare.
const maxHops = 3

var (
	errMovedWrite = errors.New("a write does not follow redirects: it could be carried out twice")
	errMovedAway  = errors.New("the key is for the configured host only")
	errMovedOften = errors.New("too many redirects")
	errMovedWhere = errors.New("the redirect names no place")
)

// redirects reports whether an answer is a redirect. For a write any 3xx counts: no
// PostHog answers a write so, and whether it was carried out is unknown.
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

// follow returns the request to which a redirect points: a GET to the same scheme,
// host and port. hop counts the redirects of the call, from 1.
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

// discard reads the few bytes of a redirect's body, so that the connection can be
// reused. A longer body closes it.
func discard(body io.ReadCloser) {
	_, _ = io.CopyN(io.Discard, body, 4<<10)
	_ = body.Close()
}
