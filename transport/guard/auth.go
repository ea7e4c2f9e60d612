package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Authenticator decides who calls, from the header of r alone, and returns
// r's context with what the handlers need to know of the caller. Many requests may
// call it at once.
//
// An error refuses the request with 401. The client reads its text, so it must not
// hold the token.
type Authenticator func(r *http.Request) (context.Context, error)

// ErrNoToken refuses a request that brings no bearer token.
var ErrNoToken = errors.New("no token")

// NoAuth lets everyone in. [Exposure.Check] says where it may.
func NoAuth(r *http.Request) (context.Context, error) { return r.Context(), nil }

// Accept returns ctx with what a token says of its bearer. An error is for the client
// to read, so it must not hold the token.
type Accept func(ctx context.Context, token string) (context.Context, error)

// Passthrough takes the caller's PostHog key, which accept puts into the
// context for the calls made for them.
func Passthrough(accept Accept) Authenticator {
	return bearing("your PostHog personal API key or OAuth token", accept)
}

// Tokens takes one of the tokens that the operator gave out, which accept knows.
func Tokens(accept Accept) Authenticator {
	return bearing("the token that you were given for this server", accept)
}

// bearing takes a bearer token (RFC 6750, section 2.1) that is described by what. It
// takes no token from anywhere else, such as the query.
func bearing(what string, accept Accept) Authenticator {
	return func(r *http.Request) (context.Context, error) {
		token, err := bearer(r.Header["Authorization"])
		switch {
		case errors.Is(err, ErrNoToken):
			return nil, fmt.Errorf("%w: send %s in the header Authorization: Bearer TOKEN", err, what)
		case err != nil:
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
