package guide_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/tools/engine"
)

// A subscription is read as its tool shows it; what cannot be read has words.
func TestRead(t *testing.T) {
	d := newDesk(t, setup{})
	const (
		notOne  = "no such resource: a subscription's URI is posthog://subscriptions/{id} with its number as id"
		unknown = "no such resource; resources/templates/list has the form of their URIs"
	)
	for _, c := range []struct{ uri, refused string }{
		{"posthog://subscriptions/1101", ""},
		{"posthog://subscriptions/1115", ""}, // deleted
		{"posthog://subscriptions/77", "no such resource: PostHog answered 404: \"Not found.\""},
		{"posthog://subscriptions/", notOne},
		{"posthog://subscriptions/0", notOne},
		{"posthog://subscriptions/-1", notOne},
		{"posthog://subscriptions/1e3", notOne},
		{"posthog://subscriptions/growth", notOne},
		{"posthog://subscriptions/%31", notOne},
		{"posthog://subscriptions/..%2Fusers", notOne},
		{"posthog://subscriptions/" + strings.Repeat("9", 19), notOne},
		{"posthog://subscriptions/" + strings.Repeat("9", 100000), notOne},
		{"posthog://subscriptions/1101/", unknown},
		{"posthog://subscriptions/1101?project_id=31002", unknown},
		{"posthog://subscriptions/1101#x", unknown},
		{"posthog://subscriptions/../users/@me", unknown},
		{"posthog://subscriptions/1101\n", unknown},
		{"POSTHOG://subscriptions/1101", unknown},
		{"https://us.posthog.com/subscriptions/1101", unknown},
		{"", unknown},
	} {
		r := d.ask(context.Background(), "resources/read", map[string]any{"uri": c.uri})
		if r.Error != nil || c.refused != "" {
			if r.Error == nil || !strings.HasPrefix(r.Error.Message, c.refused) || c.refused == "" {
				t.Errorf("%.60q: %+v, want %q", c.uri, r.Error, c.refused)
			}
			continue
		}
		var got struct {
			Contents []struct{ URI, MimeType, Text string }
		}
		if err := json.Unmarshal(r.Result, &got); err != nil || len(got.Contents) != 1 {
			t.Fatalf("%s: %s (%v)", c.uri, r.Result, err)
		}
		content := got.Contents[0]
		_, id, _ := strings.Cut(c.uri, "subscriptions/")
		if content.URI != c.uri || content.MimeType != "application/json" || !strings.HasPrefix(content.Text, `{"id":`+id+`,`) || !json.Valid([]byte(content.Text)) {
			t.Errorf("%s: %+v", c.uri, content)
		}
	}
	if seen := d.seen(); len(seen) != 3 {
		t.Errorf("PostHog was asked %q", seen)
	}
}

// Who cannot read subscriptions sees no template; the operator's own rule takes
// the capability away.
func TestTemplateIsNarrowed(t *testing.T) {
	off := engine.Selection{Exclude: []string{"subscriptions-retrieve"}}
	d := newDesk(t, setup{})
	for _, c := range []struct {
		name string
		desk *desk
		ctx  context.Context
		want string
	}{
		{"everyone", d, context.Background(), "posthog://subscriptions/{id}"},
		{"read-only", d, narrowed(engine.Selection{ReadOnly: true}), "posthog://subscriptions/{id}"},
		{"narrowed", d, narrowed(off), `"resourceTemplates":[]`},
		{"by the operator", newDesk(t, setup{rules: engine.Rules{Selection: off}}), context.Background(), "resources not supported"},
	} {
		answer := string(c.desk.send(c.ctx, `{"jsonrpc":"2.0","id":1,"method":"resources/templates/list"}`))
		if !strings.Contains(answer, c.want) {
			t.Errorf("%s: %s", c.name, answer)
		}
	}
	r := d.ask(narrowed(off), "resources/read", map[string]any{"uri": "posthog://subscriptions/1101"})
	if r.Error == nil || !strings.Contains(r.Error.Message, `subscriptions-retrieve is switched off for this connection by its own setting "exclude_tools"`) {
		t.Errorf("read all the same: %s %+v", r.Result, r.Error)
	}
}

// Where nothing is left, the guide takes no part at all.
func TestNothingIsLeft(t *testing.T) {
	d := newDesk(t, setup{rules: engine.Rules{Selection: engine.Selection{Toolsets: []string{"users"}}}})
	r := d.ask(context.Background(), "initialize", map[string]any{
		"protocolVersion": "2025-11-25", "capabilities": map[string]any{}, "clientInfo": map[string]string{"name": "a", "version": "1"},
	})
	var hello struct{ Capabilities json.RawMessage }
	if err := json.Unmarshal(r.Result, &hello); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("{}", string(hello.Capabilities)); diff != "" {
		t.Error(diff)
	}
}

// Whoever carries the calls learns how they ended, an unaccepted key above all.
func TestCalled(t *testing.T) {
	type told struct {
		Tool   string
		Status int
	}
	var got []told
	d := newDesk(t, setup{called: func(_ context.Context, tool *engine.Tool, r engine.Result) {
		got = append(got, told{tool.Name, r.Status})
	}})
	read := map[string]any{"uri": "posthog://subscriptions/1101"}
	d.ask(context.Background(), "resources/read", read)
	d.ask(as(sandbox.OAuthExpired), "resources/read", read)
	d.typing(as(sandbox.OAuthExpired), pauses, "about", "")
	want := []told{{"subscriptions-retrieve", 200}, {"subscriptions-retrieve", 401}, {"subscriptions-list", 401}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
