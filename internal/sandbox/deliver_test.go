package sandbox_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
)

// TestWhoIsMailed tests which calls send, and to which recipients.
func TestWhoIsMailed(t *testing.T) {
	type mail struct{ to, text, trigger string }
	two := set{"target_value": "a@x.example,b@x.example", "invite_message": "hello"}
	for _, f := range []struct {
		name  string
		calls []string
		want  []mail
	}{
		{"created", []string{create(two)}, []mail{{"a@x.example", "hello", "target_change"}, {"b@x.example", "hello", "target_change"}}},
		{"created disabled", []string{create(set{"enabled": false})}, nil},
		{"untrimmed", []string{create(set{"target_value": "a@x.example, b@x.example"})}, []mail{{"a@x.example", "", "target_change"}, {" b@x.example", "", "target_change"}}},
		{"test delivery, to all", []string{"POST " + subs + "1101/test-delivery/"},
			[]mail{{"growth@hedgebox.example", "", "manual"}, {"maya.lindqvist@hedgebox.example", "", "manual"}}},
		{"title changed", []string{"PATCH " + subs + `1101/ {"title":"x","invite_message":"hi"}`}, nil},
		{"recipients added", []string{"PATCH " + subs + `1101/ {"target_value":"maya.lindqvist@hedgebox.example,new@x.example","invite_message":"hi"}`},
			[]mail{{"new@x.example", "hi", "target_change"}}},
		{"recipients removed", []string{"PATCH " + subs + `1101/ {"target_value":"growth@hedgebox.example"}`}, nil},
		{"recipients of a disabled one", []string{"PATCH " + subs + `1113/ {"target_value":"new@x.example"}`}, nil},
		{"enabled again", []string{"PATCH " + subs + `1113/ {"enabled":true}`}, nil},
		{"deleted", []string{"PATCH " + subs + `1101/ {"deleted":true,"target_value":"new@x.example"}`}, nil},
		{"Slack, before the pipe", []string{"POST " + subs + "1103/test-delivery/"}, []mail{{"C0GROWTH001", "", "manual"}}},
		{"Slack, not invited", []string{"POST " + subs + "1109/test-delivery/"}, nil},
		{"webhook", []string{create(set{"target_type": "webhook", "target_value": "https://hooks.example.com/x"})}, nil},
		{"refused", []string{create(set{"interval": 0})}, nil},
	} {
		t.Run(f.name, func(t *testing.T) {
			s := serve(t)
			for _, line := range f.calls {
				s.call(line)
			}
			var got []mail
			for _, m := range s.Outbox() {
				got = append(got, mail{m.To, m.Text, m.Trigger})
			}
			if diff := cmp.Diff(f.want, got, cmp.AllowUnexported(mail{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSlackTroubles has Slack's errors by target; "" for a successful post.
func TestSlackTroubles(t *testing.T) {
	for _, f := range []struct {
		target      string
		integration int64
		want        string
	}{
		{"C0GROWTH001|#growth", sandbox.IntegrationSlack, ""},
		{"C0GROWTH001", sandbox.IntegrationSlack, ""},
		{"#growth", sandbox.IntegrationSlack, ""},
		{"#leadership", sandbox.IntegrationSlack, "channel_not_found"},
		{"#nowhere", sandbox.IntegrationSlack, "channel_not_found"},
		{"C0UNKNOWN99|#x", sandbox.IntegrationSlack, "channel_not_found"},
		{"C0GROWTH001,C0BOARD0002", sandbox.IntegrationSlack, "channel_not_found"},
		{"C0GENERAL03|#general", sandbox.IntegrationSlack, "not_in_channel"},
		{"U0SOMEBODY1", sandbox.IntegrationSlack, "messages_tab_disabled"},
		{"C0GROWTH001", sandbox.IntegrationSlackBroken, "invalid_auth"},
	} {
		s := serve(t)
		s.object(201, create(set{"target_type": "slack", "target_value": f.target, "integration_id": f.integration}))
		row := s.object(200, "GET "+subs+"90001/deliveries/")["results"].([]any)[0].(map[string]any)
		got := ""
		if trouble, failed := row["error"].(map[string]any); failed {
			got = trouble["type"].(string)
		}
		if sent := len(s.Outbox()) == 1; got != f.want || sent != (f.want == "") || (row["status"] == "completed") != sent {
			t.Errorf("%s: %q, want %q; sent %v, %v", f.target, got, f.want, sent, row["status"])
		}
	}
}

func TestWebhooksSwitchThemselvesOff(t *testing.T) {
	s := serve(t)
	made := s.object(201, create(set{"target_type": "webhook", "target_value": "https://hooks.example.com/x"}))
	if made["enabled"] != true {
		t.Error("created disabled")
	}
	if got := s.object(200, "GET "+subs+"90001/")["enabled"]; got != false {
		t.Errorf("after the first delivery: enabled %v", got)
	}
}

func TestScheduledDeliveries(t *testing.T) {
	s := serve(t)
	s.object(201, create(set{"target_value": "due@x.example", "frequency": "weekly", "start_date": "2026-06-17T09:00:00Z"}))
	dates := func() (got []string) {
		for _, m := range s.Outbox() {
			if m.To == "due@x.example" && m.Trigger == "scheduled" {
				got = append(got, m.At.Format(time.DateTime))
			}
		}
		return got
	}
	s.Advance(44 * time.Hour)
	if got := dates(); got != nil {
		t.Errorf("too early: %v", got)
	}
	s.Advance(8 * 24 * time.Hour)
	if diff := cmp.Diff([]string{"2026-06-17 09:00:00", "2026-06-24 09:00:00"}, dates()); diff != "" {
		t.Error(diff)
	}
	if got := s.object(200, "GET "+subs+"90001/")["next_delivery_date"]; got != "2026-07-01T09:00:00Z" {
		t.Errorf("next %v", got)
	}
	s.Advance(10 * 365 * 24 * time.Hour)
	if got := s.object(200, "GET "+subs+"90001/")["next_delivery_date"].(string); got < "2036-06-" {
		t.Errorf("after ten years: next %v", got)
	}
}

// After a jump of the clock the outbox is in order of time.
func TestOutboxIsInOrder(t *testing.T) {
	s := serve(t)
	s.Advance(5 * 24 * time.Hour)
	sent := s.Outbox()
	if len(sent) < 10 {
		t.Fatalf("only %d messages in five days", len(sent))
	}
	for i, m := range sent[1:] {
		if m.At.Before(sent[i].At) {
			t.Errorf("%s of %s comes after %s of %s", m.Subject, m.At, sent[i].Subject, sent[i].At)
		}
	}
}

func TestNothingIsCaughtUp(t *testing.T) {
	s := serve(t)
	s.object(200, "PATCH "+subs+`1104/ {"enabled":false}`)
	s.Advance(10 * 24 * time.Hour)
	if got := s.object(200, "PATCH "+subs+`1104/ {"enabled":true}`)["next_delivery_date"]; got != "2026-06-26T05:00:00Z" {
		t.Errorf("next %v", got)
	}
	for _, m := range s.Outbox() {
		if m.Subscription == 1104 {
			t.Errorf("sent %+v", m)
		}
	}
}

func TestResetPutsEverythingBack(t *testing.T) {
	s := serve(t)
	want := s.call("GET " + subs).body
	s.call("PATCH " + subs + `1101/ {"title":"x"}`)
	s.call(create(nil))
	s.Switch(func(r *sandbox.Switches) { r.PaymentGate = true })
	s.Advance(time.Hour)
	s.Reset()
	if diff := cmp.Diff(want, s.call("GET "+subs).body); diff != "" {
		t.Error(diff)
	}
	if len(s.Outbox()) != 0 {
		t.Error(s.Outbox())
	}
}

func TestRequestsAreRemembered(t *testing.T) {
	s := serve(t)
	s.call("PATCH " + subs + `1101/?x=1 {"title":"y"}`)
	s.do(fact{key: "-", call: "GET " + me + "?personal_api_key=phx_wrong"})
	want := []sandbox.Seen{
		{Method: "PATCH", Path: "/api/" + subs + "1101/", Query: "x=1", Status: 200, Body: []byte(`{"title":"y"}`)},
		{Method: "GET", Path: "/api/" + me, Query: "personal_api_key=…", Status: 401},
	}
	if diff := cmp.Diff(want, s.Requests()); diff != "" {
		t.Error(diff)
	}
}
