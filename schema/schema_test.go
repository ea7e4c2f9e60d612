package schema_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/schema"
)

// request has one argument of every kind.
type request struct {
	inside
	Frequency string       `json:"frequency" jsonschema:"required,enum=daily,enum=weekly"`
	Title     *string      `json:"title,omitempty" jsonschema:"maxLength=5" jsonschema_description:"Commas, too"`
	Limit     int64        `json:"limit,omitempty" jsonschema:"minimum=1,maximum=100,default=25"`
	Insight   *int64       `json:"insight,omitempty"`
	Enabled   bool         `json:"enabled,omitempty"`
	Days      *[]string    `json:"byweekday,omitempty" jsonschema:"enum=monday,enum=tuesday"`
	IDs       []int64      `json:"ids,omitempty"`
	Start     string       `json:"start_date,omitempty" jsonschema:"format=date-time"`
	Mode      *string      `json:"mode,omitempty" jsonschema:"enum=on,enum="`
	Settings  *schema.JSON `json:"settings,omitempty"`
	Password  string       `json:"password,omitempty" arg:"secret" jsonschema:"minLength=8"`
	Secret    string       `json:"hook,omitempty" arg:"secret" match:"^https://" expect:"an https URL"`
	UUID      string       `json:"uuid,omitempty" arg:"segment"`
	Map       object       `json:"map,omitempty"`
	Note      string       `json:"note,omitempty" jsonschema:"minLength=1"`
}

type (
	object map[string]any
	inside struct {
		Project string `json:"project_id,omitempty" arg:"numeric,in=query" match:"^([0-9]+|@current)$" expect:"a project's number or @current"`
	}
)

func compile(t testing.TB, request any) *schema.Schema {
	t.Helper()
	s, err := schema.Of(request)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPublishedSchema(t *testing.T) {
	s := compile(t, request{})
	standard := properties(t, s, schema.Standard)
	portable := properties(t, s, schema.Portable)
	for name, want := range map[string][2]string{
		"frequency":  {`{"type":"string","enum":["daily","weekly"]}`, `{"type":"string","enum":["daily","weekly"]}`},
		"title":      {`{"type":["string","null"],"maxLength":5,"description":"Commas, too"}`, `{"type":"string","maxLength":5,"description":"Commas, too"}`},
		"limit":      {`{"type":"integer","minimum":1,"maximum":100,"default":25}`, `{"type":"integer","minimum":1,"maximum":100,"default":25}`},
		"insight":    {`{"type":["integer","null"]}`, `{"type":"integer"}`},
		"enabled":    {`{"type":"boolean"}`, `{"type":"boolean"}`},
		"byweekday":  {`{"type":["array","null"],"items":{"type":"string","enum":["monday","tuesday"]}}`, `{"type":"array","items":{"type":"string","enum":["monday","tuesday"]}}`},
		"ids":        {`{"type":"array","items":{"type":"integer"}}`, `{"type":"array","items":{"type":"integer"}}`},
		"start_date": {`{"type":"string","format":"date-time"}`, `{"type":"string","format":"date-time"}`},
		"mode":       {`{"type":["string","null"],"enum":["on","",null]}`, `{"type":"string","enum":["on"]}`},
		"settings":   {`{"type":["object","null"]}`, `{"type":"object"}`},
		"project_id": {`{"type":"string"}`, `{"type":"string"}`},
		"map":        {`{"type":"object"}`, `{"type":"object"}`},
	} {
		if diff := cmp.Diff(decode(t, want[0]), decode(t, string(standard[name]))); diff != "" {
			t.Errorf("standard %s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(decode(t, want[1]), decode(t, string(portable[name]))); diff != "" {
			t.Errorf("portable %s (-want +got):\n%s", name, diff)
		}
	}
	if got := len(standard); got != len(s.Fields()) {
		t.Errorf("%d properties for %d fields", got, len(s.Fields()))
	}
	var root struct {
		Type                 string
		Required             []string
		AdditionalProperties *bool
	}
	if err := json.Unmarshal(s.JSON(schema.Standard), &root); err != nil {
		t.Fatal(err)
	}
	if root.Type != "object" || root.AdditionalProperties == nil || *root.AdditionalProperties || !cmp.Equal(root.Required, []string{"frequency"}) {
		t.Errorf("root: %+v", root)
	}
}

func TestFieldsKnowTheirTags(t *testing.T) {
	s := compile(t, request{})
	project, title, password := s.Field("project_id"), s.Field("title"), s.Field("password")
	switch {
	case s.Fields()[0] != project:
		t.Error("an embedded struct's fields do not stand in its place")
	case project.In != "query" || !project.Numeric:
		t.Errorf("project_id: %+v", project)
	case !title.Nullable || title.Required || title.Description != "Commas, too":
		t.Errorf("title: %+v", title)
	case !password.Secret || password.Nullable:
		t.Errorf("password: %+v", password)
	case string(s.Field("limit").Default) != "25":
		t.Errorf("limit: default %s", s.Field("limit").Default)
	case s.Field("absent") != nil:
		t.Error("a field that does not exist was found")
	}
}

// A name is declared twice as soon as two of the structs have it.
func TestFurtherArgumentsAreOthers(t *testing.T) {
	if _, err := schema.Of(inside{}, struct {
		A string `json:"project_id"`
	}{}); err == nil || !strings.Contains(err.Error(), "project_id is declared twice") {
		t.Errorf("accepted: %v", err)
	}
}

func TestBadDeclarationsAreRefused(t *testing.T) {
	for name, request := range map[string]any{
		"not a struct": 42,
		"nothing":      nil,
		"no json name": struct{ A string }{},
		"untyped": struct {
			A any `json:"a"`
		}{},
		"untyped items": struct {
			A []any `json:"a"`
		}{},
		"float": struct {
			A float64 `json:"a"`
		}{},
		"unknown arg tag": struct {
			A string `json:"a" arg:"sekret"`
		}{},
		"a format that is not checked": struct {
			A string `json:"a" jsonschema:"format=uuid"`
		}{},
		"a bound that is not checked": struct {
			A []int64 `json:"a" jsonschema:"maxItems=2"`
		}{},
		"bad pattern": struct {
			A string `json:"a" match:"("`
		}{},
		"bad bound": struct {
			A string `json:"a" arg:"most=many"`
		}{},
		"a name twice": reflect.Zero(reflect.StructOf([]reflect.StructField{
			{Name: "A", Type: reflect.TypeFor[string](), Tag: `json:"a"`},
			{Name: "B", Type: reflect.TypeFor[int64](), Tag: `json:"a"`},
		})).Interface(),
		"a name twice, once inside": struct {
			inside
			B int64 `json:"project_id"`
		}{},
		"clearing by a word": struct {
			A string  `json:"a" arg:"clears"`
			B *string `json:"b"`
		}{},
	} {
		if _, err := schema.Of(request); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func properties(t *testing.T, s *schema.Schema, p schema.Profile) map[string]json.RawMessage {
	t.Helper()
	var root struct {
		Properties map[string]json.RawMessage
	}
	if err := json.Unmarshal(s.JSON(p), &root); err != nil {
		t.Fatal(err)
	}
	return root.Properties
}

func decode(t *testing.T, s string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return v
}
