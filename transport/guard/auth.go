package guard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// Authenticator decides from the header of r who calls, and returns r's context with
// the caller. An error refuses the request with 401; its text is for the client.
type Authenticator func(r *http.Request) (context.Context, error)

// ErrNoToken refuses a request without a bearer token.
var ErrNoToken = errors.New("no token")

// NoAuth accepts everyone. [Exposure.Check] says where it may be used.
func NoAuth(r *http.Request) (context.Context, error) { return r.Context(), nil }

// Accept returns ctx with the caller that has the token. An error is for the client
// to read, so it must not hold the token.
type Accept func(ctx context.Context, token string) (context.Context, error)

// Passthrough accepts the caller's PostHog key.
func Passthrough(accept Accept) Authenticator {
	return bearing("your PostHog personal API key or OAuth token", accept)
}

// Tokens accepts one of the tokens that the operator gave out.
func Tokens(accept Accept) Authenticator {
	return bearing("the token that you were given for this server", accept)
}

// bearing accepts a bearer token in the header (RFC 6750, section 2.1), but not in the
// query. what describes the token to the client.
func bearing(what string, accept Accept) Authenticator {
	return func(r *http.Request) (context.Context, error) {
		headers := r.Header["Authorization"]
		if len(headers) > 1 {
			return nil, errors.New("more than one Authorization header: send one")
		}
		scheme, token, _ := strings.Cut(strings.Join(headers, ""), " ")
		// Another scheme counts as no credentials (RFC 6750, section 3.1). The error
		// does not name it: it may be a token without its scheme.
		if !strings.EqualFold(scheme, "Bearer") {
			return nil, fmt.Errorf("%w: send %s in the header Authorization: Bearer TOKEN", ErrNoToken, what)
		}
		if token = strings.TrimLeft(token, " "); token == "" {
			return nil, errors.New("the bearer token is empty")
		}
		return accept(r.Context(), token)
	}
}

// unauthorized is the answer to a request without a usable token.
func (g *gate) unauthorized(r *http.Request, err error) *Refusal {
	f, challenge := Refuse(http.StatusUnauthorized, "missing_token", err.Error()), Challenge{}
	if g.Metadata != nil {
		challenge.Metadata = g.Metadata(r)
	}
	if !errors.Is(err, ErrNoToken) {
		f.Code = "invalid_token"
		challenge.Error, challenge.Description = f.Code, f.Message
	}
	f.Header = map[string]string{"WWW-Authenticate": challenge.String()}
	return f
}

// Challenge is a WWW-Authenticate header that asks for a bearer token (RFC 6750,
// section 3). The zero value asks for any.
type Challenge struct {
	Error       string // invalid_token or insufficient_scope; empty where no token came
	Description string // tells a person what is wrong
	Scope       string // is missing from the token
	// Metadata is the URL of the document that names the issuer of tokens (RFC 9728,
	// section 5.1); empty for none.
	Metadata string
}

var (
	quotes      = strings.NewReplacer(`"`, "'", `\`, "'")
	unprintable = regexp.MustCompile(`[^ -~]`)
)

// String is the header's value, in printable ASCII, without the empty fields.
func (c Challenge) String() string {
	const longest = 300 // a sentence or two; proxies limit headers to a few KB
	text := `Bearer realm="posthog-mcp"`
	for _, p := range [...]struct{ name, value string }{
		{"error", c.Error},
		{"error_description", c.Description[:min(len(c.Description), longest)]},
		{"scope", c.Scope},
		{"resource_metadata", c.Metadata},
	} {
		if p.value != "" {
			text += fmt.Sprintf(`, %s="%s"`, p.name, unprintable.ReplaceAllString(quotes.Replace(p.value), "?"))
		}
	}
	return text
}
