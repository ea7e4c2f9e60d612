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
		{name: "last name", call: patchMe(`{"last_name":"` + strings.Repeat("x", 151) + `"}`), status: 400,
			want: rejected("max_length", "last_name", "Ensure this field has no more than 150 characters.")},
		{name: "long email", call: patchMe(`{"email":"` + strings.Repeat("x", 250) + `@x.io"}`), status: 400,
			want: rejected("max_length", "email", "Ensure this field has no more than 254 characters.")},
		{name: "a flag of text", call: patchMe(`{"anonymize_data":"maybe"}`), status: 400, want: invalid("anonymize_data", "Must be a valid boolean.")},
		{name: "theme", call: patchMe(`{"theme_mode":"pink"}`), status: 400, want: rejected("invalid_choice", "theme_mode", `"pink" is not a valid choice.`)},
		{name: "shortcut", call: patchMe(`{"shortcut_position":"left"}`), status: 400, want: rejected("invalid_choice", "shortcut_position", `"left" is not a valid choice.`)},
		{name: "fields in their order", call: patchMe(`{"hide_mcp_hints":null,"theme_mode":"pink","toolbar_mode":"on"}`), status: 400,
			want: rejected("invalid_choice", "toolbar_mode", `"on" is not a valid choice.`)},
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
		{name: "short password", call: patchMe(`{"password":"x","current_password":"correct-horse-battery-staple"}`), status: 400,
			want: invalid("password", "This password is too short. It must contain at least 8 characters.")},
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
			want: invalid(notifications, "Notification setting values must be boolean, got <class 'int'> instead")},
		{name: "notification map of maps", call: patchMe(`{"notification_settings":{"realtime_notifications_disabled":{"alert_firing":true}}}`), status: 400,
			want: invalid(notifications, "Per-type value for alert_firing must be a dict of team_id to bool")},
		{name: "notification flag", call: patchMe(`{"notification_settings":{"plugin_disabled":1}}`), status: 400,
			want: invalid(notifications, "1 is not a valid type for notification settings, should be <class 'bool'>")},
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

// TestUserObject checks every name of the object, in the API's order, without write-only
// ones.
func TestUserObject(t *testing.T) {
	s := serve(t)
	raw := s.call("GET " + me).body
	want := strings.Fields(`date_joined uuid distinct_id first_name last_name email pending_email is_email_verified notification_settings
		anonymize_data allow_impersonation toolbar_mode has_password id is_staff is_impersonated is_impersonated_until is_impersonated_read_only
		sensitive_session_expires_at team organization organizations events_column_config is_2fa_enabled has_social_auth has_sso_enforcement
		has_seen_product_intro_for scene_personalisation theme_mode hedgehog_config allow_sidebar_suggestions shortcut_position
		role_at_organization passkeys_enabled_for_2fa hide_mcp_hints onboarding_skipped_at onboarding_skipped_reason
		onboarding_skipped_organization_id onboarding_delegated_to_invite onboarding_delegated_to_organization_id
		onboarding_delegation_accepted_at is_organization_first_user active_realtime_notification_types pending_invites requires_credential_review`)
	if diff := cmp.Diff(want, names(t, raw)); diff != "" {
		t.Error(diff)
	}
	got := s.object(200, "GET "+me)
	org := got["organization"].(map[string]any)
	org = set{"membership_level": org["membership_level"], "plugins_access_level": org["plugins_access_level"],
		"default_experiment_stats_method": org["default_experiment_stats_method"], "teams": len(org["teams"].([]any))}
	seen := set{"team": got["team"].(map[string]any)["id"], "organizations": len(got["organizations"].([]any)), "organization": org}
	for _, name := range []string{"is_staff", "email", "is_impersonated", "is_impersonated_until", "is_impersonated_read_only",
		"sensitive_session_expires_at", "requires_credential_review", "onboarding_skipped_reason"} {
		seen[name] = got[name]
	}
	if diff := cmp.Diff(set{"team": 31001.0, "organizations": 1, "is_staff": false, "email": "maya.lindqvist@hedgebox.example", "is_impersonated": false,
		"is_impersonated_until": nil, "is_impersonated_read_only": nil, "sensitive_session_expires_at": nil, "requires_credential_review": true,
		"onboarding_skipped_reason": nil, "organization": set{"membership_level": 1.0, "plugins_access_level": 3.0,
			"default_experiment_stats_method": "bayesian", "teams": 2}}, seen); diff != "" {
		t.Error(diff)
	}
}

// names returns an object's names in order.
func names(t *testing.T, raw string) (out []string) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, name.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return out
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
		{`{"hide_mcp_hints":true}`, map[string]any{"hide_mcp_hints": true}},
		{`{"events_column_config":{"active":["a"]},"id":7,"uuid":"x"}`, map[string]any{"events_column_config": map[string]any{"active": []any{"a"}}}},
		{`{"email":"m@hedgebox.example"}`, map[string]any{"pending_email": "m@hedgebox.example"}},
		{`{"toolbar_mode":null,"theme_mode":"dark","role_at_organization":"other"}`, map[string]any{"toolbar_mode": nil, "theme_mode": "dark", "role_at_organization": "other"}},
		{`{"passkeys_enabled_for_2fa":false,"allow_sidebar_suggestions":true}`, map[string]any{"passkeys_enabled_for_2fa": false, "allow_sidebar_suggestions": true}},
		{`{"has_seen_product_intro_for":{"x":[1]},"shortcut_position":""}`, map[string]any{"has_seen_product_intro_for": map[string]any{"x": []any{1.0}}, "shortcut_position": ""}},
		{`{"hedgehog_config":{"color":"red"}}`, map[string]any{"hedgehog_config": map[string]any{"color": "red"}}},
		{`{"password":"a-new-long-one","current_password":"correct-horse-battery-staple"}`, map[string]any{}},
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
	was["project_weekly_digest_disabled"] = map[string]any{"31001": true}
	was["realtime_notifications_disabled"] = map[string]any{"alert_firing": map[string]any{"31001": true}}
	got := s.object(200, patchMe(`{"notification_settings":{"plugin_disabled":false,"data_pipeline_error_threshold":0.25,
		"project_weekly_digest_disabled":{"31001":true},"realtime_notifications_disabled":{"alert_firing":{"31001":true}}}}`))["notification_settings"]
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

func TestEmailIsVerifiedFirst(t *testing.T) {
	s := serve(t)
	s.object(200, patchMe(`{"email":"m@hedgebox.example"}`))
	want := []sandbox.Message{{Kind: "email", To: "m@hedgebox.example", Subject: "Verify your email address", Trigger: "account", At: noon}}
	if diff := cmp.Diff(want, s.Outbox()); diff != "" {
		t.Error(diff)
	}
}

func TestStaffChangeOthers(t *testing.T) {
	s := serve(t)
	got := s.do(fact{key: sandbox.KeyStaff, call: `PATCH users/0190c000-0000-7000-8000-000000000502/ {"is_staff":true,"email":"tomasz.nowak@hedgebox.example"}`})
	if got.status != 200 || !strings.Contains(got.body, `"is_staff":true`) || !strings.Contains(got.body, `"pending_email":null`) {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func TestOrganizationMovesTheTeam(t *testing.T) {
	got := serve(t).do(fact{key: sandbox.KeyAdmin, call: patchMe(`{"set_current_organization":"0190a000-0000-7000-8000-0000000000b2"}`)})
	var u struct {
		Team         struct{ ID int64 }
		Organization struct{ Name string }
	}
	if err := json.Unmarshal([]byte(got.body), &u); err != nil || u.Team.ID != sandbox.ProjectSpikeworks || u.Organization.Name != "Spikeworks" {
		t.Errorf("%d %v %+v", got.status, err, u)
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
