package tools_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every operation: what is given, and what PostHog gets, byte for byte.
func TestRequests(t *testing.T) {
	const (
		project  = "/api/projects/@current/"
		sharing  = project + "session_recordings/0199-aB.c/sharing/"
		minimal  = `"target_type":"email","target_value":"a@x.example","frequency":"weekly","start_date":"2027-01-04T09:00:00Z"`
		funnel   = `,"insight":12`
		existing = `{"recording_id":"0199-aB.c"`
	)
	covered := map[string]bool{}
	for _, c := range []struct {
		tool, given       string
		method, uri, body string
	}{
		// Session recordings sharing.
		{"session-recordings-sharing-passwords-create", existing + `}`, "POST", sharing + "passwords/", `{}`},
		{
			"session-recordings-sharing-passwords-create",
			existing + `,"raw_password":"pä\"ss\u0077örd","note":"","enabled":false,"settings":{"detailed":true,"x":[1.50]},"password_required":true,"project_id":"7"}`,
			"POST", "/api/projects/7/session_recordings/0199-aB.c/sharing/passwords/",
			`{"raw_password":"pä\"ss\u0077örd","note":"","enabled":false,"settings":{"detailed":true,"x":[1.50]},"password_required":true}`,
		},
		{"session-recordings-sharing-passwords-create", existing + `,"settings":null}`, "POST", sharing + "passwords/", `{"settings":null}`},
		{"session-recordings-sharing-passwords-destroy", existing + `,"password_id":12}`, "DELETE", sharing + "passwords/12/", ``},
		{"session-recordings-sharing-passwords-destroy", existing + `,"password_id":"12345678901234567890","project_id":3}`, "DELETE", "/api/projects/3/session_recordings/0199-aB.c/sharing/passwords/12345678901234567890/", ``},
		{"session-recordings-sharing-refresh-create", existing + `}`, "POST", sharing + "refresh/", `{}`},
		{"session-recordings-sharing-refresh-create", existing + `,"enabled":true,"settings":{},"password_required":false}`, "POST", sharing + "refresh/", `{"enabled":true,"settings":{},"password_required":false}`},

		// Subscriptions.
		{"subscriptions-list", ``, "GET", project + "subscriptions/?limit=25", ``},
		{"subscriptions-list", `{"limit":null,"search":null}`, "GET", project + "subscriptions/?limit=25", ``},
		{
			"subscriptions-list",
			`{"project_id":"@current","offset":0,"limit":100,"search":"größe & more=?#%2F+ \u00e9","created_by":"0188a9f0-0000-7000-8000-000000000001","dashboard":9007199254740993,"insight":"5","resource_type":"dashboard","target_type":"slack","ordering":"-created_at,title"}`,
			"GET", project + "subscriptions/?created_by=0188a9f0-0000-7000-8000-000000000001&dashboard=9007199254740993&insight=5&limit=100&offset=0&ordering=-created_at%2Ctitle&resource_type=dashboard&search=gr%C3%B6%C3%9Fe+%26+more%3D%3F%23%252F%2B+%C3%A9&target_type=slack", ``,
		},
		{"subscriptions-create", `{` + minimal + funnel + `}`, "POST", project + "subscriptions/", `{` + minimal + funnel + `,"interval":1}`},
		{
			"subscriptions-create",
			`{` + minimal + `,"dashboard":null,"insight":9007199254740993,"dashboard_export_insights":[],"interval":"2","byweekday":["monday","friday"],"bysetpos":-1,"count":3,"until_date":null,"deleted":false,"enabled":false,"title":"Wöchentlich \u2014 \"x\"\n","integration_id":4,"invite_message":"","summary_enabled":false,"summary_prompt_guide":"","project_id":42}`,
			"POST", "/api/projects/42/subscriptions/",
			`{` + minimal + `,"dashboard":null,"insight":9007199254740993,"dashboard_export_insights":[],"interval":2,"byweekday":["monday","friday"],"bysetpos":-1,"count":3,"until_date":null,"deleted":false,"enabled":false,"title":"Wöchentlich \u2014 \"x\"\n","integration_id":4,"invite_message":"","summary_enabled":false,"summary_prompt_guide":""}`,
		},
		{"subscriptions-retrieve", `{"id":9007199254740993}`, "GET", project + "subscriptions/9007199254740993/", ``},
		{"subscriptions-retrieve", `{"id":"7","project_id":1,"fields":["title","created_by.email"]}`, "GET", "/api/projects/1/subscriptions/7/", ``},
		{"subscriptions-partial-update", `{"id":7,"target_type":"slack","target_value":"C1|#a"}`, "PATCH", project + "subscriptions/7/", `{"target_type":"slack","target_value":"C1|#a"}`},
		{"subscriptions-partial-update", `{"id":7,"enabled":false,"fields":["*"]}`, "PATCH", project + "subscriptions/7/", `{"enabled":false}`},
		{
			"subscriptions-partial-update",
			`{"title":null,"byweekday":null,"bysetpos":null,"count":null,"until_date":null,"integration_id":null,"invite_message":null,"dashboard":null,"insight":null,"id":7.0}`,
			"PATCH", project + "subscriptions/7/",
			`{"title":null,"byweekday":null,"bysetpos":null,"count":null,"until_date":null,"integration_id":null,"invite_message":null,"dashboard":null,"insight":null}`,
		},
		{
			"subscriptions-partial-update",
			`{"id":7,` + minimal + `,"dashboard_export_insights":[1, 2],"interval":1,"deleted":true,"summary_enabled":true,"summary_prompt_guide":"short"}`,
			"PATCH", project + "subscriptions/7/",
			`{` + minimal + `,"dashboard_export_insights":[1, 2],"interval":1,"deleted":true,"summary_enabled":true,"summary_prompt_guide":"short"}`,
		},
		{"subscriptions-partial-update", `{"id":7,"title":null,"enabled":null,"deleted":true}`, "PATCH", project + "subscriptions/7/", `{"deleted":true}`},
		{"subscriptions-destroy", `{"id":7}`, "DELETE", project + "subscriptions/7/", ``},
		{"subscriptions-test-delivery-create", `{"id":7}`, "POST", project + "subscriptions/7/test-delivery/", ``},
		{"subscriptions-summary-quota-retrieve", `{}`, "GET", project + "subscriptions/summary_quota/", ``},
		{"subscriptions-summary-quota-retrieve", `{"project_id":2}`, "GET", "/api/projects/2/subscriptions/summary_quota/", ``},

		// Users.
		{"users-list", `{}`, "GET", "/api/users/?limit=25", ``},
		{"users-list", `{"email":"a+b@x.example","is_staff":false,"limit":1,"offset":2}`, "GET", "/api/users/?email=a%2Bb%40x.example&is_staff=false&limit=1&offset=2", ``},
		{"users-retrieve", ``, "GET", "/api/users/@me/", ``},
		{"users-retrieve", `{"uuid":"0188a9f0-0000-7000-8000-000000000001"}`, "GET", "/api/users/0188a9f0-0000-7000-8000-000000000001/", ``},
		{"users-partial-update", `{"first_name":""}`, "PATCH", "/api/users/@me/", `{"first_name":""}`},
		{
			"users-partial-update",
			`{"uuid":"@me","first_name":"Zoë","last_name":"O'Neil","email":"z@x.example","notification_settings":{"plugin_disabled":false},"anonymize_data":null,"allow_impersonation":false,"toolbar_mode":"","is_staff":false,"set_current_organization":"o","set_current_team":12,"password":"n\u0065w","current_password":"old","events_column_config":[1],"has_seen_product_intro_for":null,"theme_mode":null,"hedgehog_config":{"color":"red"},"allow_sidebar_suggestions":null,"shortcut_position":"below","role_at_organization":"data","passkeys_enabled_for_2fa":true,"hide_mcp_hints":true}`,
			"PATCH", "/api/users/@me/",
			`{"first_name":"Zoë","last_name":"O'Neil","email":"z@x.example","notification_settings":{"plugin_disabled":false},"anonymize_data":null,"allow_impersonation":false,"toolbar_mode":"","is_staff":false,"set_current_organization":"o","set_current_team":"12","password":"n\u0065w","current_password":"old","events_column_config":[1],"has_seen_product_intro_for":null,"theme_mode":null,"hedgehog_config":{"color":"red"},"allow_sidebar_suggestions":null,"shortcut_position":"below","role_at_organization":"data","passkeys_enabled_for_2fa":true,"hide_mcp_hints":true}`,
		},
		{"users-destroy", `{"uuid":"@me"}`, "DELETE", "/api/users/@me/", ``},
		{"users-credentials-review-complete-create", `{}`, "POST", "/api/users/@me/credentials_review_complete/", ``},
		{"users-github-login-retrieve", `{}`, "GET", "/api/users/@me/github_login/", ``},
		{"users-hedgehog-config-retrieve", `{"uuid":"abc"}`, "GET", "/api/users/abc/hedgehog_config/", ``},
		{"users-hedgehog-config-partial-update", `{"hedgehog_config":{"color": "red", "n":1.0}}`, "PATCH", "/api/users/@me/hedgehog_config/", `{"color": "red", "n":1.0}`},
		{"users-hedgehog-config-partial-update", `{"hedgehog_config":{}}`, "PATCH", "/api/users/@me/hedgehog_config/", `{}`},
		{"users-hedgehog-config-partial-update", `{"hedgehog_config":null}`, "PATCH", "/api/users/@me/hedgehog_config/", `{"hedgehog_config":null}`},
		{"users-hedgehog-config-partial-update", `{"hedgehog_config":[1]}`, "PATCH", "/api/users/@me/hedgehog_config/", `{"hedgehog_config":[1]}`},
		{"users-hedgehog-config-partial-update", `{"hedgehog_config":{"color":"red"},"theme_mode":"dark"}`, "PATCH", "/api/users/@me/hedgehog_config/", `{"hedgehog_config":{"color":"red"},"theme_mode":"dark"}`},
	} {
		covered[c.tool] = true
		t.Run(c.tool+" "+c.given, func(t *testing.T) {
			w := newWire(t)
			if result := w.call(c.tool, c.given); result.IsError {
				t.Fatal(result.Text)
			}
			want := []sent{{c.method, c.uri, c.body}}
			switch c.tool {
			case "subscriptions-test-delivery-create":
				want = append(want, sent{"GET", project + "subscriptions/7/", ""}) // to say to whom it goes
			case "subscriptions-create":
				insight := regexp.MustCompile(`"insight":([0-9]+)`).FindStringSubmatch(c.given)[1]
				want = append(want, sent{"GET", c.uri + "?insight=" + insight + "&limit=100", ""}) // to name its double
			}
			if diff := cmp.Diff(want, w.takeSent()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, tool := range ofThePage(t) {
		if !covered[tool.Name] {
			t.Errorf("%s has no row", tool.Name)
		}
	}
}

// The configured project stands in where a call names none.
func TestConfiguredProject(t *testing.T) {
	w := newWire(t)
	w.box.Project = "55"
	w.call("subscriptions-retrieve", `{"id":1}`)
	w.call("subscriptions-retrieve", `{"id":1,"project_id":"@current"}`)
	w.call("users-retrieve", `{}`)
	want := []sent{
		{http.MethodGet, "/api/projects/55/subscriptions/1/", ""},
		{http.MethodGet, "/api/projects/@current/subscriptions/1/", ""},
		{http.MethodGet, "/api/users/@me/", ""},
	}
	if diff := cmp.Diff(want, w.takeSent()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Nothing bad is ever sent.
func TestBadCallsAreNotSent(t *testing.T) {
	w := newWire(t)
	for _, c := range []struct{ tool, given, want string }{
		{"subscriptions-create", `{}`, "frequency: required, one of daily, weekly, monthly, yearly\nstart_date: required\ntarget_type: required, one of email, slack, teams, webhook\ntarget_value: required"},
		{"subscriptions-create", `{"target_type":"sms","target_value":"x","frequency":"weekly","start_date":"next monday"}`, "start_date: expected an ISO 8601 date-time like 2027-01-04T09:00:00Z, got \"next monday\"\ntarget_type: \"sms\" is not one of email, slack, teams, webhook"},
		{"subscriptions-list", `{"limit":"ten"}`, `limit: expected an integer, got "ten"`},
		{"subscriptions-list", `{"titel":"x"}`, `unknown argument "titel"; known: search, created_by, dashboard, insight, resource_type, target_type, ordering, deleted, recipient, limit, offset, project_id, fields`},
		{"subscriptions-create", `{"target_type":"email","target_value":"a@x.example","frequency":"weekly","start_date":"2027-01-04T09:00:00Z"}`, "dashboard, insight, prompt: give one of the three, it is what gets sent"},
		{"subscriptions-create", `{"target_type":"email","target_value":"a@x.example","frequency":"weekly","start_date":"2027-01-04T09:00:00Z","dashboard":1,"insight":2}`, "dashboard, insight, prompt: give one of the three, it is what gets sent"},
		{"subscriptions-partial-update", `{"id":7,"target_value":"a@b.example, c@d.example"}`, "target_value: item 2 is not an email address; give plain addresses, joined by commas without spaces"},
		{"subscriptions-create", `{"target_type":"email","target_value":"a@b.example","frequency":"daily","start_date":"2020-01-04T09:00","until_date":"2020-02-01T09:00","insight":2}`, "start_date: no delivery comes of this schedule (every day, 09:00 UTC, until 2020-02-01)"},
		{"subscriptions-create", `{"target_type":"slack","target_value":"C1|#a","frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":2,"integration_id":null}`, "integration_id: required with target_type slack: the number of the project's Slack integration, which integrations-list shows"},
		{"subscriptions-create", `{"target_type":"email","target_value":"a@x.example, b@x.example,Maya <m@x.example>","frequency":"weekly","start_date":"2027-01-04T09:00:00Z","insight":2}`, "target_value: item 2 is not an email address; give plain addresses, joined by commas without spaces\ntarget_value: item 3 is not an email address; give plain addresses, joined by commas without spaces"},
		{"subscriptions-partial-update", `{"id":7,"target_type":"email","target_value":"nobody"}`, "target_value: item 1 is not an email address; give plain addresses, joined by commas without spaces"},
		{"subscriptions-create", `{"titel":"x","target_type":"email","target_value":"x","frequency":"weekly","start_date":"2027-01-04T09:00:00Z"}`, `unknown argument "titel"; did you mean "title"?`},
		{"subscriptions-partial-update", `{"id":7}`, "nothing to change: give at least one field to change besides id"},
		{"subscriptions-partial-update", `{"id":7,"title":null,"enabled":null}`, `nothing to change: give at least one field to change besides id. null was given for an argument that cannot be null, so every null in this call counted as "not given"; not cleared: title. To clear one, send null for it alone.`},
		{"users-partial-update", `{}`, "nothing to change: give at least one field to change besides uuid"},
		{"users-hedgehog-config-partial-update", `{"uuid":"@me"}`, "nothing to change: give at least one field to change besides uuid"},
		{"users-destroy", `{}`, "uuid: required"},
		{"users-retrieve", `{"uuid":"@me/hedgehog_config"}`, `uuid: expected 1 to 256 letters, digits or @ . _ ~ -, got "@me/hedgehog_config"`},
		{"session-recordings-sharing-passwords-destroy", `{"recording_id":"..","password_id":"x"}`, "password_id: expected a password's number, got \"x\"\nrecording_id: expected 1 to 256 letters, digits or @ . _ ~ -, got \"..\""},
		{"session-recordings-sharing-passwords-create", `{"recording_id":"r","raw_password":"short"}`, "raw_password: must have at least 8 characters, has 5"},
		{"subscriptions-retrieve", `{"id":1,"fields":["title","a..b"]}`, "fields: expected names joined by dots, like created_by.email"},
		{"subscriptions-retrieve", `{"id":1,"fields":"title"}`, `fields: expected an array, got "title"`},
		{"subscriptions-retrieve", `{"id":1,"project_id":"12/../13"}`, `project_id: expected a project's number or @current, got "12/../13"`},
	} {
		t.Run(c.tool+" "+c.given, func(t *testing.T) {
			result := w.call(c.tool, c.given)
			got, _, _ := strings.Cut(result.Text, "\nNothing was sent to PostHog.")
			if diff := cmp.Diff(c.want, got); diff != "" || !result.IsError {
				t.Errorf("IsError %v (-want +got):\n%s", result.IsError, diff)
			}
			if seen := w.takeSent(); seen != nil {
				t.Errorf("sent: %v", seen)
			}
		})
	}
}
