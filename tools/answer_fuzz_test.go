package tools_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"posthog-mcp/tools/engine"
)

// canned is an upstream that has one answer.
type canned engine.Response

func (c canned) Do(context.Context, *engine.Request) (*engine.Response, error) {
	r := engine.Response(c)
	r.Body = bytes.Clone(c.Body)
	return &r, nil
}

// Whatever PostHog, or something in front of it, answers: the result is one
// JSON object on one line, in valid UTF-8, and an error is short.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []struct {
		status      int
		contentType string
		body        string
	}{
		{200, "application/json", `{"id":1,"title":"a\u2028b"}`}, {200, "application/json", "[1, 2]\n"}, {200, "", "null"},
		{200, "text/html", "<html>"}, {200, "application/json", `{"a":` + strings.Repeat("[", 2000)}, {202, "", ""}, {204, "", " "},
		{200, "application/json", "{\"a\":\"\xff\"}"}, {200, "application/json", "\ufeff{}"}, {400, "application/json", `{"code":{"a":1},"detail":["x"],"attr":7}`},
		{403, "application/json", `{"detail":"API key missing required scope 'user:read'"}`}, {405, "", ""}, {429, "", "{}"}, {500, "text/html", "<"}, {502, "", "\x00"},
	} {
		f.Add(seed.status, seed.contentType, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, status int, contentType string, body []byte) {
		box := &engine.Toolbox{API: canned{Status: status, ContentType: contentType, Body: body}}
		for name, arguments := range map[string]string{
			"users-hedgehog-config-retrieve": `{}`, "subscriptions-test-delivery-create": `{"id":1}`,
			"subscriptions-partial-update": `{"id":1,"title":null,"enabled":null,"deleted":true}`,
		} {
			result := box.Call(context.Background(), catalogue(t).Tool(name), json.RawMessage(arguments))
			var object map[string]any
			if err := json.Unmarshal(result.Object, &object); err != nil || object == nil {
				t.Fatalf("%s: no object: %q (%v)", name, result.Object, err)
			}
			if bytes.ContainsAny(result.Object, "\n\r") || !utf8.Valid(result.Object) || !utf8.ValidString(result.Text) {
				t.Fatalf("%s: %q, %q", name, result.Object, result.Text)
			}
			if result.IsError == (result.Text == "") {
				t.Fatalf("%s: IsError %v with the text %q", name, result.IsError, result.Text)
			}
			if result.IsError && len(result.Object) > 10_000 {
				t.Fatalf("%s: an error of %d bytes", name, len(result.Object))
			}
		}
	})
}
