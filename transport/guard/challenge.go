package guard

import (
	"fmt"
	"strings"
)

// Challenge says in a WWW-Authenticate header which bearer token would do
// (RFC 6750, section 3). The zero value asks for any.
type Challenge struct {
	// Error is invalid_token or insufficient_scope; empty where no token came.
	Error string
	// Description says to a person what is wrong.
	Description string
	// Scope is what the token lacks.
	Scope string
	// Metadata is the URL of a document that says where tokens come from
	// (RFC 9728, section 5.1); empty where there is none.
	Metadata string
}

// String is the header's value, in printable ASCII. What is left out is empty.
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
			text += fmt.Sprintf(`, %s="%s"`, p.name, quotable(p.value))
		}
	}
	return text
}

// quotable fits s between the quotes of a header's parameter.
func quotable(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '"' || c == '\\':
			return '\''
		case c < ' ' || c > '~':
			return '?'
		}
		return c
	}, s)
}
