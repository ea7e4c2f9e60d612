package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

const me = "users/@me/"

func patchMe(body string) string { return "PATCH " + me + " " + body }

func TestUserErrors(t *testing.T) {
	onlyMe := denied("As a non-staff user you're only allowed to access the `@me` user instance.")
	const notifications = "notification_settings"
	check(t, []fact{
		{name: "own id", call: "GET users/0190c000-0000-7000-8000-000000000501/", status: 403, want: onlyMe},
		{name: "somebody", call: "PATCH users/somebody/ {}", status: 403, want: onlyMe},
		{name: "somebody's hedgehog", call: "GET users/1/hedgehog_config/", status: 403, want: onlyMe},
		{name: "staff, unknown", key: sandbox.KeyStaff, call: "GET users/0190c000-0000-7000-8000-000000000999/", status: 404, want: notFound},
		{name: "staff, malformed", key: sandbox.KeyStaff, call: "GET users/5/", status: 404, want: notFound},
		{name: "staff, switched off", key: sandbox.KeyStaff, call: "GET users/0190c000-0000-7000-8000-000000000508/", status: 404, want: notFound},
		{name: "staff, known", key: sandbox.KeyStaff, call: "GET users/0190c000-0000-7000-8000-000000000502/github_login/", status: 200, want: `{"github_login":"tnowak"}`},
		{name: "first name", call: patchMe(`{"first_name":"` + strings.Repeat("x", 151) + `"}`), status: 400,
			want: rejected("max_length", "first_name", "Ensure this field has no more than 150 characters.")},
		{name: "email", call: patchMe(`{"email":"nobody"}`), status: 400, want: invalid("email", "Enter a valid email address.")},
		{name: "email taken", call: patchMe(`{"email":"Tomasz.Nowak@hedgebox.example"}`), status: 400,
			want: rejected("unique", "email", "There is already an account with this email address.")},
		{name: "email by key, newer", rules: func(r *sandbox.Switches) { r.CredentialsByToken = false }, call: patchMe(`{"email":"x@hedgebox.example"}`), status: 403,
			want: denied("You can only change your email or password from the PostHog app, not with an API key or token.")},
		{name: "password by key, newer, before validation", rules: func(r *sandbox.Switches) { r.CredentialsByToken = false },
			call: patchMe(`{"password":"x","toolbar_mode":"y"}`), status: 403,
			want: denied("You can only change your email or password from the PostHog app, not with an API key or token.")},
		{name: "password alone", call: patchMe(`{"password":"a-new-long-one"}`), status: 400,
			want: rejected("required", "current_password", "This field is required when updating your password.")},
		{name: "wrong password", call: patchMe(`{"password":"a-new-long-one","current_password":"guess"}`), status: 400,
			want: rejected("incorrect_password", "current_password", "Your current password is incorrect.")},
		{name: "weak password", call: patchMe(`{"password":"x","current_password":"correct-horse-battery-staple"}`), status: 400,
			want: invalid("password", "This password is too weak.")},
		{name: "long password", call: patchMe(`{"password":"` + strings.Repeat("x", 129) + `"}`), status: 400,
			want: rejected("max_length", "password", "Ensure this field has no more than 128 characters.")},
		{name: "is_staff, even false and after another error", call: patchMe(`{"first_name":5,"email":"x","is_staff":false}`), status: 403,
			want: denied("You are not a staff user, contact your instance admin.")},
		{name: "unknown organisation", call: patchMe(`{"set_current_organization":"0190a000-0000-7000-8000-0000000000b2"}`), status: 400,
			want: rejected("does_not_exist", "set_current_organization", "Object with id=0190a000-0000-7000-8000-0000000000b2 does not exist.")},
		{name: "unknown team", call: patchMe(`{"set_current_team":"47200"}`), status: 400,
			want: rejected("does_not_exist", "set_current_team", "Object with id=47200 does not exist.")},
		{name: "team of another organisation", key: sandbox.KeyAdmin,
			call: patchMe(`{"set_current_organization":"0190a000-0000-7000-8000-0000000000b2","set_current_team":"31001"}`), status: 400,
			want: invalid("set_current_team", "Team must belong to the same organization in set_current_organization.")},
		{name: "notification key", call: patchMe(`{"notification_settings":{"carrier_pigeon":true}}`), status: 400,
			want: invalid(notifications, "Key carrier_pigeon is not valid as a key for notification settings")},
		{name: "notification map", call: patchMe(`{"notification_settings":{"project_weekly_digest_disabled":{"31001":1}}}`), status: 400,
			want: invalid(notifications, "project_weekly_digest_disabled must be a dictionary mapping IDs to boolean values")},
		{name: "notification map of maps", call: patchMe(`{"notification_settings":{"realtime_notifications_disabled":{"alert_firing":true}}}`), status: 400,
			want: invalid(notifications, "realtime_notifications_disabled must be a dictionary mapping IDs to boolean values")},
		{name: "notification flag", call: patchMe(`{"notification_settings":{"plugin_disabled":1}}`), status: 400,
			want: invalid(notifications, "Notification setting values must be boolean, got <class 'int'> instead")},
		{name: "notification threshold", call: patchMe(`{"notification_settings":{"data_pipeline_error_threshold":1.5}}`), status: 400,
			want: invalid(notifications, "data_pipeline_error_threshold must be between 0.0 and 1.0, got 1.5")},
		{name: "notifications no object", call: patchMe(`{"notification_settings":[1]}`), status: 400,
			want: rejected("not_a_dict", notifications, `Expected a dictionary of items but got type "list".`)},
		{name: "passkeys", call: patchMe(`{"passkeys_enabled_for_2fa":true}`), status: 400,
			want: rejected("no_passkeys", "passkeys_enabled_for_2fa", "You must have at least one passkey set up before enabling passkeys for 2FA.")},
		{name: "toolbar", call: patchMe(`{"toolbar_mode":"on"}`), status: 400, want: rejected("invalid_choice", "toolbar_mode", `"on" is not a valid choice.`)},
		{name: "role null", call: patchMe(`{"role_at_organization":null}`), status: 400, want: rejected("null", "role_at_organization", "This field may not be null.")},
		{name: "role blank", call: patchMe(`{"role_at_organization":""}`), status: 400, want: rejected("invalid_choice", "role_at_organization", `"" is not a valid choice.`)},
		{name: "flag null", call: patchMe(`{"hide_mcp_hints":null}`), status: 400, want: rejected("null", "hide_mcp_hints", "This field may not be null.")},
	})
}

func TestHedgehog(t *testing.T) {
	const path = me + "hedgehog_config/"
	check(t, []fact{
		{name: "unset", key: sandbox.KeySubscriptionsOnly, call: "GET " + path, status: 403, want: denied("API key missing required scope 'user:read'")},
		{name: "unset is an empty object", key: sandbox.KeyLegacy, call: "GET " + path, status: 200, want: `{}`},
		{name: "stored", call: "GET " + path, status: 200, want: `{"accessories":["glasses"],"color":"blue","use_as_profile":true}`},
		{name: "the whole body replaces it", call: "PATCH " + path + ` {"first_name":"x"}`, status: 200, want: `{"first_name":"x"}`},
		{name: "no merge", before: []string{"PATCH " + path + ` {"skin":"spiderhog"}`}, call: "GET " + path, status: 200, want: `{"skin":"spiderhog"}`},
		{name: "lists are stored", call: "PATCH " + path + ` [1,2.50,9007199254740993]`, status: 200, want: `[1,2.50,9007199254740993]`},
		{name: "null unsets it", before: []string{"PATCH " + path + ` null`}, call: "GET " + path, status: 200, want: `{}`},
		{name: "null is answered with null", call: "PATCH " + path + ` null`, status: 200, want: `null`},
	})
}

func TestUserObject(t *testing.T) {
	s := serve(t)
	got := s.object(200, "GET "+me)
	for _, secret := range []string{"password", "current_password", "set_current_organization", "set_current_team"} {
		if _, shown := got[secret]; shown {
			t.Errorf("%s is write-only", secret)
		}
	}
	want := map[string]any{"team": 31001.0, "organizations": 1.0, "membership_level": 1.0, "is_staff": false, "email": "maya.lindqvist@hedgebox.example"}
	org := got["organization"].(map[string]any)
	seen := map[string]any{"team": got["team"].(map[string]any)["id"], "organizations": float64(len(got["organizations"].([]any))),
		"membership_level": org["membership_level"], "is_staff": got["is_staff"], "email": got["email"]}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Error(diff)
	}
}

func TestUserChanges(t *testing.T) {
	s := serve(t)
	before := s.object(200, "GET "+me)
	for _, f := range []struct {
		body string
		want map[string]any
	}{
		{`{"first_name":"Ma<y>a","last_name":""}`, map[string]any{"first_name": "Ma<y>a", "last_name": ""}},
		{`{"anonymize_data":true,"allow_impersonation":null}`, map[string]any{"anonymize_data": true, "allow_impersonation": nil}},
		{`{"theme_mode":"","shortcut_position":null}`, map[string]any{"theme_mode": "", "shortcut_position": "above"}},
		{`{"hide_mcp_hints":"yes"}`, map[string]any{"hide_mcp_hints": true}},
		{`{"events_column_config":{"active":["a"]},"id":7,"uuid":"x"}`, map[string]any{"events_column_config": map[string]any{"active": []any{"a"}}}},
		{`{"email":"m@hedgebox.example"}`, map[string]any{"pending_email": "m@hedgebox.example"}},
		{`{"set_current_team":31002}`, nil},
	} {
		after := s.object(200, patchMe(f.body))
		for name, v := range f.want {
			before[name] = v
		}
		if f.want == nil {
			before["team"] = after["team"]
			if id := after["team"].(map[string]any)["id"]; id != 31002.0 {
				t.Errorf("current team is %v", id)
			}
		}
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s changed (-want +got):\n%s", f.body, diff)
		}
	}
	if got := s.object(200, "GET projects/@current/subscriptions/")["count"]; got != 2.0 {
		t.Errorf("@current did not move: %v subscriptions", got)
	}
}

func TestNotificationsMerge(t *testing.T) {
	s := serve(t)
	was := s.object(200, "GET "+me)["notification_settings"].(map[string]any)
	was["plugin_disabled"] = false
	was["data_pipeline_error_threshold"] = 0.25
	got := s.object(200, patchMe(`{"notification_settings":{"plugin_disabled":false,"data_pipeline_error_threshold":0.25}}`))["notification_settings"]
	if diff := cmp.Diff(any(was), got); diff != "" {
		t.Error(diff)
	}
}

func TestPasswordChangeTakes(t *testing.T) {
	s := serve(t)
	change := `{"password":"a-new-long-one","current_password":"correct-horse-battery-staple"}`
	s.object(200, patchMe(change))
	if got := s.call(patchMe(change)); got.body != rejected("incorrect_password", "current_password", "Your current password is incorrect.") {
		t.Error(got.body)
	}
}

func TestEmailWithoutMail(t *testing.T) {
	s := serve(t, sandbox.WithSwitches(func(r *sandbox.Switches) { r.MailConfigured = false }))
	got := s.object(200, patchMe(`{"email":"m@hedgebox.example"}`))
	if got["email"] != "m@hedgebox.example" || got["pending_email"] != nil || len(s.Outbox()) != 0 {
		t.Error(got["email"], got["pending_email"], s.Outbox())
	}
}

func TestUserList(t *testing.T) {
	s := serve(t)
	for _, f := range []struct {
		key, query string
		want       []float64
	}{
		{sandbox.KeyAll, "", []float64{501}},
		{sandbox.KeyAll, "?is_staff=true", nil},
		{sandbox.KeyStaff, "", []float64{501, 502, 503, 504, 505, 506, 507}},
		{sandbox.KeyStaff, "?is_staff=true", []float64{505}},
		{sandbox.KeyStaff, "?is_staff=1&limit=2&offset=1", []float64{502, 503}},
		{sandbox.KeyStaff, "?email=jonas.weber@spikeworks.example", []float64{507}},
	} {
		var page struct{ Results []struct{ ID float64 } }
		if err := json.Unmarshal([]byte(s.do(fact{key: f.key, call: "GET users/" + f.query}).body), &page); err != nil {
			t.Fatal(err)
		}
		var got []float64
		for _, u := range page.Results {
			got = append(got, u.ID)
		}
		if diff := cmp.Diff(f.want, got); diff != "" {
			t.Errorf("%s: %s", f.query, diff)
		}
	}
}
