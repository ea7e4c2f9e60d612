package guard

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
)

// Authenticator decides who calls, from the header of r alone, and returns
// r's context with what the handlers need to know of the caller. It may be
// called by many requests at once.
//
// An error refuses the request with 401 and its text is the reason that the
// client reads, so it must not hold the token. [ErrNoToken] tells a caller
// without credentials from one with bad ones.
type Authenticator func(r *http.Request) (context.Context, error)

// ErrNoToken refuses a request that brings no bearer token.
var ErrNoToken = errors.New("no token: send your PostHog personal API key or OAuth token in the header Authorization: Bearer TOKEN")

// NoAuth lets everyone in. It is for listeners that [LoopbackOnly] accepts.
func NoAuth(r *http.Request) (context.Context, error) { return r.Context(), nil }

// Passthrough takes the caller's bearer token (RFC 6750, section 2.1) and
// hands it to accept, which returns ctx with the token in it, or why it is not
// one. Other ways to send a token, such as the query, do not count.
func Passthrough(accept func(ctx context.Context, token string) (context.Context, error)) Authenticator {
	return func(r *http.Request) (context.Context, error) {
		token, err := bearer(r.Header["Authorization"])
		if err != nil {
			return nil, err
		}
		return accept(r.Context(), token)
	}
}

func bearer(headers []string) (string, error) {
	if len(headers) == 0 {
		return "", ErrNoToken
	}
	if len(headers) > 1 {
		return "", errors.New("more than one Authorization header: send one")
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	// Another scheme counts as no credentials (RFC 6750, section 3.1). It is
	// not named: it may be a token without its scheme.
	if !strings.EqualFold(scheme, "Bearer") {
		return "", ErrNoToken
	}
	token = strings.TrimLeft(token, " ")
	if token == "" {
		return "", errors.New("the bearer token is empty")
	}
	return token, nil
}

// unauthorized is the answer to a request without a usable token, with the
// challenge of RFC 6750, section 3.
func unauthorized(err error) *refusal {
	f := &refusal{
		status:    http.StatusUnauthorized,
		challenge: `Bearer realm="posthog-mcp"`,
		code:      "missing_token",
		message:   err.Error(),
	}
	if !errors.Is(err, ErrNoToken) {
		f.code = "invalid_token"
		f.challenge += `, error="invalid_token", error_description="` + description(err.Error()) + `"`
	}
	return f
}

// description fits s into error_description: printable ASCII without quotes
// and backslashes.
func description(s string) string {
	const most = 300 // a sentence or two; proxies limit headers to a few KB
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '"' || c == '\\':
			return '\''
		case c < ' ' || c > '~':
			return '?'
		}
		return c
	}, s)
	return s[:min(len(s), most)]
}

// withoutToken hides the token from handlers and what they log; what they need
// of it is in the context. It changes r, but not the header it shares.
func withoutToken(r *http.Request) *http.Request {
	r.Header = maps.Clone(r.Header)
	r.Header.Del("Authorization")
	return r
}
