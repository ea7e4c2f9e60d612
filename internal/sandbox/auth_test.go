package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

func TestAuthentication(t *testing.T) {
	bad := unauthenticated("Personal API key found in request Authorization header is invalid.")
	header := func(v string) map[string]string { return map[string]string{"Authorization": v} }
	check(t, []fact{
		{name: "nothing sent", key: "-", call: "GET users/@me/", status: 401, want: notSentKey},
		{name: "another scheme counts as nothing", key: "-", header: header("Token " + sandbox.KeyAll), call: "GET users/@me/", status: 401, want: notSentKey},
		{name: "the word is case-sensitive", key: "-", header: header("bearer " + sandbox.KeyAll), call: "GET users/@me/", status: 401, want: notSentKey},
		{name: "wrong key", key: "phx_wrong", call: "GET users/@me/", status: 401, want: bad},
		{name: "project token", key: "phc_sandbox_project_31001", call: "GET users/@me/", status: 401, want: bad},
		{name: "project secret", key: "phs_wrong", call: "GET users/@me/", status: 401, want: bad},
		{name: "the word and no key", key: "-", header: header("Bearer "), call: "GET users/@me/", status: 401, want: notSentKey},
		{name: "old key without a prefix", key: sandbox.KeyLegacy, call: "GET users/@me/github_login", status: 200, want: `{"github_login":null}`},
		{name: "unknown token", key: "pha_wrong", call: "GET users/@me/", status: 401, want: unauthenticated("Invalid access token.")},
		{name: "expired token", key: sandbox.OAuthExpired, call: "GET users/@me/", status: 401, want: unauthenticated("Access token has expired.")},
		{name: "token of a user who is off", key: sandbox.OAuthDisabled, call: "GET users/@me/", status: 401,
			want: unauthenticated("User associated with access token is disabled.")},
		{name: "token of nobody", key: sandbox.OAuthOrphan, call: "GET users/@me/", status: 401,
			want: unauthenticated("User associated with access token not found.")},
		{name: "token of no application", key: sandbox.OAuthUnregistered, call: "GET users/@me/", status: 401,
			want: unauthenticated("Access token is not associated with a valid application.")},
		{name: "internal token", key: "eyJhbGciOiJub25lIn0.e30.", call: "GET users/@me/", status: 401, want: unauthenticated("Token invalid.")},
		{name: "live token", key: sandbox.OAuthLive, call: "GET users/@me/github_login/", status: 200, want: `{"github_login":"mayalq"}`},
	})
}

func TestUnauthorizedNamesTheMetadata(t *testing.T) {
	s := serve(t)
	where := s.url + "/.well-known/oauth-protected-resource"
	for _, f := range []fact{{key: "-", call: "GET users/@me/"}, {key: "phx_wrong", call: "GET " + subs}, {call: "DELETE users/@me/"}} {
		if diff := cmp.Diff(`Bearer resource_metadata="`+where+`"`, s.do(f).header.Get("WWW-Authenticate")); diff != "" {
			t.Error(diff)
		}
	}
}

// TestOAuthMetadata holds both documents, but for the scopes they list.
func TestOAuthMetadata(t *testing.T) {
	s := serve(t)
	for path, want := range map[string]set{
		"oauth-protected-resource": {
			"resource": s.url, "authorization_servers": []any{s.url}, "bearer_methods_supported": []any{"header"},
			"resource_documentation": "https://posthog.com/docs/api",
		},
		"oauth-authorization-server": {
			"issuer": s.url, "authorization_endpoint": s.url + "/oauth/authorize/", "token_endpoint": s.url + "/oauth/token/",
			"userinfo_endpoint": s.url + "/oauth/userinfo/", "revocation_endpoint": s.url + "/oauth/revoke/",
			"introspection_endpoint": s.url + "/oauth/introspect/", "registration_endpoint": s.url + "/oauth/register/",
			"jwks_uri": s.url + "/.well-known/jwks.json", "response_types_supported": []any{"code"}, "response_modes_supported": []any{"query"},
			"grant_types_supported":                 []any{"authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
			"token_endpoint_auth_methods_supported": []any{"none", "client_secret_post", "private_key_jwt"},
			"code_challenge_methods_supported":      []any{"S256"}, "service_documentation": "https://posthog.com/docs/api",
			"client_id_metadata_document_supported": true,
		},
	} {
		got := s.object(200, "GET /.well-known/"+path)
		scopes := fmt.Sprint(got["scopes_supported"])
		if !strings.Contains(scopes, "subscription:write") || strings.Contains(scopes, "*") {
			t.Errorf("%s: scopes %s", path, scopes)
		}
		delete(got, "scopes_supported")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestRequestLevelErrors(t *testing.T) {
	bad := func(code, detail string) string { return envelope("invalid_request", code, detail, "") }
	check(t, []fact{
		{name: "unknown endpoint", call: "GET nothing/here/", status: 404, want: bad("not_found", "Endpoint not found.")},
		{name: "method", call: "PUT users/ {}", status: 405, want: bad("method_not_allowed", `Method "PUT" not allowed.`)},
		{name: "POST users", call: "POST users/ {}", status: 405, want: bad("method_not_allowed", `Method "POST" not allowed.`)},
		{name: "content type", call: "POST " + subs + " x", contentType: "text/plain", status: 415,
			want: bad("unsupported_media_type", `Unsupported media type "text/plain" in request.`)},
		{name: "broken JSON", call: "POST " + subs + ` {"a":}`, status: 400, want: bad("parse_error", "JSON parse error - invalid character '}' looking for beginning of value")},
		{name: "two documents", call: "POST " + subs + ` {}{}`, status: 400, want: bad("parse_error", "JSON parse error - extra data")},
		{name: "an array", call: "POST " + subs + ` [1]`, status: 400, want: invalid("", "Invalid data. Expected a dictionary, but got list.")},
		{name: "an empty body is an empty object", call: "POST " + subs, status: 400, want: rejected("required", "target_type", "This field is required.")},
		{name: "no text", call: "POST " + subs + " {\"a\":\"\xff\"}", status: 400,
			want: bad("parse_error", "JSON parse error - invalid UTF-8")},
		{name: "a bracket too many", call: "POST " + subs + ` {}]`, status: 400, want: bad("parse_error", "JSON parse error - extra data")},
		{name: "session only: a wrong key is not looked at", key: "phx_wrong", call: "DELETE users/@me/", status: 401, want: notSentKey},
		{name: "session only: delete a user", call: "DELETE users/@me/", status: 401, want: notSentKey},
		{name: "session only: review", key: sandbox.OAuthLive, call: "POST users/@me/credentials_review_complete/", status: 401, want: notSentKey},
	})
}

func TestBothSlashesAndEnvironments(t *testing.T) {
	s := serve(t)
	for _, path := range []string{subs + "1101", subs + "1101/", "environments/31001/subscriptions/1101/", "projects/@current/subscriptions/1101"} {
		if got := s.object(200, "GET "+path)["id"]; got != 1101.0 {
			t.Errorf("%s: id %v", path, got)
		}
	}
}

func TestOversizedBody(t *testing.T) {
	s := serve(t)
	big := make([]byte, 1<<20+1)
	for i := range big {
		big[i] = ' '
	}
	if got := s.call("POST " + subs + " " + string(big)); got.status != 413 || got.header.Get("Content-Type") != "text/html" {
		t.Errorf("status %d, %s", got.status, got.header)
	}
}
