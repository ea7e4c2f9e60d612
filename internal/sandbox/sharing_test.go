package sandbox_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

const locked = "PATCH " + share + ` {"enabled":true,"password_required":true}`

func TestSharingErrors(t *testing.T) {
	banned := func(r *sandbox.Switches) { r.PublicSharing = false }
	noPasswords := func(r *sandbox.Switches) { r.SharePasswords = false }
	forbidden := denied("Public sharing is disabled for this organization.")
	check(t, []fact{
		{name: "not required", call: "POST " + share + "passwords/ {}", status: 400,
			want: `{"error":"Password protection must be enabled before creating passwords"}`},
		{name: "no feature to require one", rules: noPasswords, call: locked, status: 403, want: `{"error":"Sharing with password requires the Advanced Permissions feature"}`},
		{name: "the feature's newer name", rules: func(r *sandbox.Switches) { r.SharePasswords, r.AccessControlName = false, true }, call: locked, status: 403,
			want: `{"error":"Sharing with password requires the Access Control feature"}`},
		{name: "no feature to delete", rules: noPasswords, call: "DELETE " + share + "passwords/1/", status: 403,
			want: `{"error":"Password management requires the Advanced Permissions feature"}`},
		{name: "delete, newer name", rules: func(r *sandbox.Switches) { r.SharePasswords, r.AccessControlName = false, true }, call: "DELETE " + share + "passwords/1/", status: 403,
			want: `{"error":"Password management requires the Access Control feature"}`},
		{name: "short", before: []string{locked}, call: "POST " + share + `passwords/ {"raw_password":"short"}`, status: 400,
			want: invalid("raw_password", "Password must be at least 8 characters long.")},
		{name: "null", before: []string{locked}, call: "POST " + share + `passwords/ {"raw_password":null}`, status: 400,
			want: rejected("null", "raw_password", "This field may not be null.")},
		{name: "note", before: []string{locked}, call: "POST " + share + `passwords/ {"note":"` + strings.Repeat("x", 101) + `"}`, status: 400,
			want: rejected("max_length", "note", "Ensure this field has no more than 100 characters.")},
		{name: "created", before: []string{locked}, call: "POST " + share + `passwords/ {"raw_password":"not-a-real-one","note":"Board"}`, status: 201,
			want: `{"id":90001,"password":"not-a-real-one","note":"Board","created_at":"2026-06-15T12:00:00Z","created_by_email":"maya.lindqvist@hedgebox.example"}`},
		{name: "unknown password", call: "DELETE " + share + "passwords/1/", status: 404, want: envelope("invalid_request", "not_found", "Password not found", "")},
		{name: "deleted", before: []string{locked, "POST " + share + "passwords/"}, call: "DELETE " + share + "passwords/90001/", status: 204, want: ""},
		{name: "deleted twice", before: []string{locked, "POST " + share + "passwords/", "DELETE " + share + "passwords/90001/"},
			call: "DELETE " + share + "passwords/90001/", status: 404, want: envelope("invalid_request", "not_found", "Password not found", "")},
		{name: "id that is no number", call: "DELETE " + share + "passwords/abc/", status: 500, want: crashed},
		{name: "banned: PATCH", rules: banned, call: "PATCH " + share + ` {"enabled":true}`, status: 403, want: forbidden},
		{name: "banned: password", rules: banned, call: "POST " + share + `passwords/ {"enabled":"yes"}`, status: 403, want: forbidden},
		{name: "banned: refresh", rules: banned, call: "POST " + share + `refresh/ {"enabled":1}`, status: 403, want: forbidden},
		{name: "settings no object", call: "PATCH " + share + ` {"settings":[]}`, status: 400, want: invalid("settings", "Invalid settings format")},
		{name: "settings of another type", call: "PATCH " + share + ` {"settings":{"legend":"yes"}}`, status: 400, want: invalid("settings", "Invalid settings format")},
		{name: "theme", call: "PATCH " + share + ` {"settings":{"theme":"pink"}}`, status: 400, want: invalid("settings", "Invalid settings format")},
		{name: "enabled null", call: "PATCH " + share + ` {"enabled":null}`, status: 400, want: rejected("null", "enabled", "This field may not be null.")},
	})
}

func TestSharingLife(t *testing.T) {
	s := serve(t)
	never := s.object(200, "GET "+share)
	if never["created_at"] != nil || never["enabled"] != false || len(never["access_token"].(string)) != 30 {
		t.Errorf("never shared: %v", never)
	}
	if again := s.object(200, "GET "+share); again["access_token"] == never["access_token"] {
		t.Error("a recording that was never shared has a token that stays")
	}
	first := s.object(200, "PATCH "+share+` {"enabled":true,"password_required":true,"settings":{"noHeader":true,"unknown":1}}`)
	if diff := cmp.Diff(map[string]any{"noHeader": true}, first["settings"]); diff != "" {
		t.Error(diff)
	}
	made := s.object(201, "POST "+share+"passwords/ {}")
	if len(made["password"].(string)) != 22 {
		t.Errorf("made-up password %q", made["password"])
	}
	s.object(201, "POST "+share+`passwords/ {"note":"second"}`)
	listed := s.object(200, "GET "+share)["share_passwords"].([]any)
	if len(listed) != 2 || listed[0].(map[string]any)["note"] != "second" {
		t.Errorf("newest first: %v", listed)
	}
	fresh := s.object(200, "POST "+share+`refresh/ {"enabled":false}`)
	if fresh["access_token"] == first["access_token"] || fresh["enabled"] != true {
		t.Errorf("refreshed: %v", fresh)
	}
	for _, p := range fresh["share_passwords"].([]any) {
		if id := p.(map[string]any)["id"]; id == made["id"] {
			t.Errorf("password %v kept its id", id)
		}
	}
	if other := s.object(200, "POST "+main+"session_recordings/never/sharing/refresh/"); other["enabled"] != false || other["created_at"] == nil {
		t.Errorf("refreshed without a configuration: %v", other)
	}
}
