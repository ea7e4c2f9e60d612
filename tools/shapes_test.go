package tools_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/engine"
)

// sample are arguments that the tool takes: a value for each that it requires,
// and for a change one that changes something.
func sample(t *engine.Tool) string {
	values := map[string]string{
		"target_type": `"email"`, "target_value": `"a@x.example"`, "frequency": `"weekly"`, "start_date": `"2027-01-04T09:00:00Z"`,
		"recording_id": `"r"`, "uuid": `"@me"`, "password_id": `1`, "delivery": `"d"`,
	}
	var members []string
	add := func(f *schema.Field, otherwise string) {
		value := values[f.Name]
		if value == "" {
			value = otherwise
		}
		members = append(members, fmt.Sprintf("%q:%s", f.Name, value))
	}
	for _, f := range t.Schema.Fields() {
		switch {
		case f.Required:
			add(f, "7")
		case f.Name == "insight" && t.Method == http.MethodPost:
			add(f, "2001")
		case t.Method == http.MethodPatch && (f.Name == "title" || f.Name == "first_name" || f.Name == "enabled" && t.Schema.Field("title") == nil):
			add(f, map[string]string{"string": `"x"`, "boolean": "true"}[f.Type])
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// Every operation with every shape that a success can have: the result is one
// JSON object, and what has not the documented shape is no success; a write is
// then neither done nor undone, and its agent is told how to find out.
func TestShapesOfSuccess(t *testing.T) {
	for _, shape := range []struct {
		name, contentType, body string
		status                  int
		// Which operations succeed: those that send no object, those that send one of
		// any kind, and all of them.
		empty, free, all bool
	}{
		{"no content", "", ``, 204, true, false, false},
		{"nothing", "", ``, 200, true, false, false},
		{"blanks", "application/json", " \n", 202, true, false, false},
		{"an empty object", "application/json", `{}`, 202, true, true, false},
		{"null", "application/json", `null`, 200, true, true, false},
		{"an array", "application/json", `[1]`, 200, false, true, false},
		{"an empty array", "application/json", `[]`, 200, false, true, false},
		{"a text", "application/json", `"ok"`, 200, false, true, false},
		{"a number", "application/json", `1`, 200, false, true, false},
		{"an error", "application/json", `{"type":"server_error","code":"error","detail":"A server error occurred.","attr":null}`, 200, false, false, false},
		{"an error in short", "application/json", `{"error":"no"}`, 200, false, false, false},
		{"a detail", "application/json", `{"detail":"no"}`, 202, false, false, false},
		{"HTML", "text/html", `<html>Log in</html>`, 200, false, false, false},
		{"broken JSON", "application/json", `{"id":1`, 200, false, false, false},
		{"two values", "application/json", `{"id":1}{"id":2}`, 200, false, false, false},
		{"plain text", "text/plain", `OK`, 200, false, false, false},
		{"an object that all know", "application/json", everything, 200, true, true, true},
		{"a name twice", "application/json", `{"notice":"a","notice":"b",` + everything[1:], 200, true, false, false},
	} {
		for _, tool := range catalogue(t).Tools() {
			w := newWire(t)
			w.answers(shape.status, http.Header{"Content-Type": {shape.contentType}}, shape.body)
			result := w.call(tool.Name, sample(tool))
			if shape.name == "a name twice" && (tool.RenderItem != nil || tool.Read != nil && tool.Read.RenderPage != nil) {
				continue // which shows none of them
			}
			done := tool.Write != nil && tool.Write.Done != ""
			succeeds := shape.all || done && shape.empty || !done && tool.Has == nil && shape.free
			if result.IsError == succeeds {
				t.Errorf("%s answered with %s: %s", tool.Name, shape.name, result.Object)
			}
			if tool.Effect == engine.Read {
				continue
			}
			want := engine.OutcomeDone
			if !succeeds {
				want = engine.OutcomeUnknown
			}
			hint := gjson.GetBytes(result.Object, "hint").String()
			if result.Write.Outcome != want || !succeeds && !strings.Contains(hint, "Outcome unknown: "+tool.Write.Verify) {
				t.Errorf("%s answered with %s: want %s, got %s: %s", tool.Name, shape.name, want, result.Write.Outcome, result.Object)
			}
		}
	}
}
