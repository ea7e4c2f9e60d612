package sandbox_test

import (
	"fmt"
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
		{name: "no feature to create", before: []string{locked, `PATCH /_sandbox/switches {"share_passwords":false}`}, call: "POST " + share + `passwords/ {"raw_password":"x"}`, status: 403,
			want: `{"error":"Password management requires the Advanced Permissions feature"}`},
		{name: "create, newer name", before: []string{locked, `PATCH /_sandbox/switches {"share_passwords":false,"access_control_name":true}`}, call: "POST " + share + "passwords/", status: 403,
			want: `{"error":"Password management requires the Access Control feature"}`},
		{name: "not required, before the feature", rules: noPasswords, call: "POST " + share + `passwords/ {"note":5}`, status: 400,
			want: `{"error":"Password protection must be enabled before creating passwords"}`},
		{name: "the ban before all", rules: func(r *sandbox.Switches) { r.PublicSharing, r.SharePasswords = false, false },
			call: "PATCH " + share + ` {"enabled":true,"password_required":true,"settings":5}`, status: 403, want: forbidden},
		{name: "the feature before the fields", rules: noPasswords, call: "PATCH " + share + ` {"enabled":"x","password_required":true}`, status: 403,
			want: `{"error":"Sharing with password requires the Advanced Permissions feature"}`},
		{name: "fields in their order", call: "PATCH " + share + ` {"password_required":"x","settings":5,"enabled":"x"}`, status: 400, want: invalid("enabled", "Must be a valid boolean.")},
		{name: "password of another share", before: []string{locked, "POST " + share + "passwords/"}, call: "DELETE " + main + "session_recordings/rec-2/sharing/passwords/90001/", status: 404,
			want: envelope("invalid_request", "not_found", "Password not found", "")},
		{name: "password of another project's share", before: []string{locked, "POST " + share + "passwords/"}, call: "DELETE projects/31002/session_recordings/rec-1/sharing/passwords/90001/", status: 404,
			want: envelope("invalid_request", "not_found", "Password not found", "")},
		{name: "delete where none is required any more", before: []string{locked, "POST " + share + "passwords/", "PATCH " + share + ` {"password_required":false}`},
			call: "DELETE " + share + "passwords/90001/", status: 204, want: ""},
		{name: "note null", before: []string{locked}, call: "POST " + share + `passwords/ {"note":null}`, status: 400, want: rejected("null", "note", "This field may not be null.")},
		{name: "the password's error first", before: []string{locked}, call: "POST " + share + `passwords/ {"note":null,"raw_password":"short"}`, status: 400,
			want: invalid("raw_password", "Password must be at least 8 characters long.")},
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
		{name: "banned: PATCH", rules: banned, call: "PATCH " + share + ` {"enabled":true}`, status: 403, want: forbidden},
		{name: "banned: password", rules: banned, call: "POST " + share + `passwords/ {"enabled":true}`, status: 403, want: forbidden},
		{name: "banned: refresh", rules: banned, call: "POST " + share + `refresh/ {"enabled":true}`, status: 403, want: forbidden},
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
	if blank := s.object(201, "POST "+share+`passwords/ {"raw_password":""}`); len(blank["password"].(string)) != 22 {
		t.Errorf("made up for a blank one: %q", blank["password"])
	} else {
		s.call(fmt.Sprintf("DELETE %spasswords/%v/", share, blank["id"]))
	}
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
	if sharing := s.object(200, "PATCH "+share+` {"settings":null}`); sharing["settings"] != nil || len(sharing["share_passwords"].([]any)) != 2 {
		t.Errorf("settings are cleared, and nothing else: %v", sharing)
	}
	s.Switch(func(r *sandbox.Switches) { r.PublicSharing = false })
	if off := s.object(200, "PATCH "+share+` {"enabled":false,"password_required":false}`); off["enabled"] != false {
		t.Errorf("switching off is always allowed: %v", off)
	}
	if open := s.object(200, "POST "+share+"refresh/ {}"); len(open["share_passwords"].([]any)) != 0 {
		t.Errorf("passwords that nobody asks for were copied: %v", open)
	}
	if other := s.object(200, "POST "+main+"session_recordings/never/sharing/refresh/"); other["enabled"] != false || other["created_at"] == nil {
		t.Errorf("refreshed without a configuration: %v", other)
	}
}
