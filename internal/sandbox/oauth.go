package sandbox

import (
	"net/http"
	"strings"
)

type tokenView struct {
	Active        bool     `json:"active"`
	Type          string   `json:"token_type"`
	Scope         string   `json:"scope"`
	Teams         []int64  `json:"scoped_teams"`
	Organizations []string `json:"scoped_organizations"`
	Expires       int64    `json:"exp"`
	ClientID      string   `json:"client_id"`
	ClientName    string   `json:"client_name"`
}

// introspect lets a token look at itself, whatever its scopes.
func introspect(c *call) reply {
	data, err := c.object()
	if err != nil {
		return failed(err)
	}
	token, _ := data["token"].(string)
	cred := c.credentials[token]
	if cred == nil || !cred.oauth || cred.refused != "" {
		return ok(map[string]bool{"active": false})
	}
	if cred != c.cred {
		return empty(http.StatusForbidden)
	}
	return ok(tokenView{
		Active: true, Type: "access_token", Scope: strings.Join(cred.scopes, " "), Teams: list(cred.teams),
		Organizations: list(cred.organizations), Expires: c.now.Unix() + 3600, ClientID: "sandbox-client", ClientName: cred.label,
	})
}

const (
	resourceMetadata = "/.well-known/oauth-protected-resource"
	documentation    = "https://posthog.com/docs/api"
)

type resourceView struct {
	Resource      string   `json:"resource"`
	Servers       []string `json:"authorization_servers"`
	Scopes        []string `json:"scopes_supported"`
	BearerMethods []string `json:"bearer_methods_supported"`
	Documentation string   `json:"resource_documentation"`
}

// describeResource is RFC 9728's document: this host is its own authorisation
// server.
func describeResource(c *call) reply {
	return ok(resourceView{c.base, []string{c.base}, supportedScopes(), []string{"header"}, documentation})
}

func supportedScopes() []string { return append(scopes("read"), scopes("write")...) }

type serverView struct {
	Issuer           string   `json:"issuer"`
	Authorization    string   `json:"authorization_endpoint"`
	Token            string   `json:"token_endpoint"`
	UserInfo         string   `json:"userinfo_endpoint"`
	Revocation       string   `json:"revocation_endpoint"`
	Introspection    string   `json:"introspection_endpoint"`
	Registration     string   `json:"registration_endpoint"`
	Keys             string   `json:"jwks_uri"`
	Scopes           []string `json:"scopes_supported"`
	ResponseTypes    []string `json:"response_types_supported"`
	ResponseModes    []string `json:"response_modes_supported"`
	Grants           []string `json:"grant_types_supported"`
	AuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	ChallengeMethods []string `json:"code_challenge_methods_supported"`
	Documentation    string   `json:"service_documentation"`
	ClientDocuments  bool     `json:"client_id_metadata_document_supported"`
}

// describeServer is RFC 8414's document. The double has nobody who could log
// in: of these endpoints it serves introspection alone.
func describeServer(c *call) reply {
	return ok(serverView{
		Issuer: c.base, Authorization: c.base + "/oauth/authorize/", Token: c.base + "/oauth/token/", UserInfo: c.base + "/oauth/userinfo/",
		Revocation: c.base + "/oauth/revoke/", Introspection: c.base + "/oauth/introspect/", Registration: c.base + "/oauth/register/",
		Keys: c.base + "/.well-known/jwks.json", Scopes: supportedScopes(), ResponseTypes: []string{"code"}, ResponseModes: []string{"query"},
		Grants:      []string{"authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
		AuthMethods: []string{"none", "client_secret_post", "private_key_jwt"}, ChallengeMethods: []string{"S256"},
		Documentation: documentation, ClientDocuments: true,
	})
}
