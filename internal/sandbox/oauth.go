package sandbox

import (
	"net/http"
	"strings"
	"sync"
)

// introspect lets a token look at itself, whatever its scopes.
func introspect(c *call) reply {
	data, err := c.object()
	if err != nil {
		return failed(err)
	}
	token, _ := data["token"].(string)
	cred := c.credential(token)
	if cred == nil || !isOAuth(token) || cred["_refused"] != nil {
		return ok(object{{"active", false}})
	}
	if token != c.cred.text("token") {
		return empty(http.StatusForbidden)
	}
	return ok(object{
		{"active", true}, {"token_type", "access_token"}, {"scope", strings.Join(cred.texts("scopes"), " ")}, {"scoped_teams", list(cred.ids("scoped_teams"))},
		{"scoped_organizations", list(cred.texts("scoped_organizations"))}, {"exp", c.now.Unix() + 3600}, {"client_id", "sandbox-client"}, {"client_name", cred["label"]},
	})
}

// list is never null in JSON.
func list[T any](items []T) []T { return append([]T{}, items...) }

const resourceMetadata = "/.well-known/oauth-protected-resource"

// supported are the scopes that the sandbox's routes want.
var supported = sync.OnceValue(func() (scopes []string) {
	for _, access := range []string{"read", "write"} {
		for _, object := range rules().Choices["scope_objects"] {
			scopes = append(scopes, object+":"+access)
		}
	}
	return scopes
})

// describe answers with a document of RFC 9728 or RFC 8414: this host is its
// own authorisation server. The double has nobody who could log in: of these
// endpoints it serves introspection alone.
func describe(document string) func(*call) reply {
	return func(c *call) reply {
		doc := c.show(document, row{"scopes_supported": supported()})
		for i, m := range doc {
			switch v := m.value.(type) {
			case string:
				doc[i].value = strings.Replace(v, "BASE", c.base, 1)
			case []string:
				doc[i].value = []string{strings.Replace(v[0], "BASE", c.base, 1)}
				if len(v) > 1 {
					doc[i].value = v
				}
			}
		}
		return ok(doc)
	}
}
