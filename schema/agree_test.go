package schema_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"posthog-mcp/schema"
)

// A general JSON Schema validator and Check agree on generated calls. The
// generator leaves out the leniencies that Check documents ("5" for an integer, 12
// for a project, the empty value for an argument that cannot be empty) and the
// rules that are checked but not published.
func TestCheckAgreesWithTheSchema(t *testing.T) {
	s := compile(t, request{})
	standard := validator(t, s.JSON(schema.Standard))
	portable := validator(t, s.JSON(schema.Portable))
	rapid.Check(t, func(t *rapid.T) {
		raw := call().Draw(t, "call")
		_, err := s.Check(raw)
		checked := err == nil
		if valid := valid(t, standard, raw); valid != checked {
			t.Fatalf("%s: the schema says %v, Check says %v", raw, valid, err)
		}
		// The portable schema says less: no nulls, no empty choice.
		if checked && !hasNull(raw) && !bytes.Contains(raw, []byte(`"mode":""`)) && !valid(t, portable, raw) {
			t.Fatalf("%s: refused by the portable schema, but not by Check", raw)
		}
	})
}

func hasNull(raw []byte) bool { return bytes.Contains(raw, []byte("null")) }

func validator(t *testing.T, raw json.RawMessage) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("request.json", doc); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("request.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func valid(t *rapid.T, s *jsonschema.Schema, raw json.RawMessage) bool {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc) == nil
}

// call draws an object whose members are mostly right and sometimes wrong.
func call() *rapid.Generator[json.RawMessage] {
	values := map[string][]string{
		"frequency":  {`"daily"`, `"weekly"`, `"hourly"`, `7`},
		"title":      {`"abc"`, `""`, `"ééééé"`, `"abcdef"`, `null`, `true`},
		"limit":      {`1`, `100`, `-1`, `101`, `1.5`, `2.0`, `[]`},
		"insight":    {`0`, `-3`, `9007199254740993`, `null`, `{}`},
		"enabled":    {`true`, `false`, `1`},
		"byweekday":  {`[]`, `["monday"]`, `["monday","sunday"]`, `null`, `[null]`, `[["monday"]]`},
		"ids":        {`[]`, `[1,2]`, `[1,true]`, `{}`},
		"start_date": {`"2027-01-04T09:00:00Z"`, `"2027-01-04T09:00:00.5+01:00"`, `"next monday"`, `"2027-13-04T09:00:00Z"`},
		"mode":       {`"on"`, `""`, `"off"`, `null`},
		"settings":   {`{}`, `{"a":[1]}`, `null`},
		"note":       {`"x"`, `7`},
		"map":        {`{}`, `{"a":null}`, `[]`, `"x"`},
		"titel":      {`"x"`},
	}
	names := []string{"title", "limit", "insight", "enabled", "byweekday", "ids", "start_date", "mode", "settings", "note", "map", "titel", "frequency"}
	return rapid.Custom(func(t *rapid.T) json.RawMessage {
		picked := rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 5, rapid.ID[string]).Draw(t, "names")
		var b bytes.Buffer
		b.WriteByte('{')
		for i, name := range picked {
			if i > 0 {
				b.WriteByte(',')
			}
			// The first values are right: weigh them, so that whole calls are.
			choices := values[name]
			at := min(rapid.IntRange(0, len(choices)+3).Draw(t, name)%(len(choices)+2), len(choices)-1)
			b.WriteString(`"` + name + `":` + choices[at])
		}
		b.WriteByte('}')
		return b.Bytes()
	})
}

// Check ends for any input, returns the values of a correct call as valid JSON,
// and accepts its own output unchanged.
func FuzzCheck(f *testing.F) {
	schemas := []*schema.Schema{compile(f, request{}), compile(f, change{})}
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, ok(`"limit":"5"`), ok(`"insight":1e999999999`), ok(`"settings":{"a":[[[]]]}`),
		ok(`"title":"\ud83d\ude00"`), ok(`"ids":["1",2.0]`), `{"frequency":"daily","project_id":1}`, `{"a":`,
		of(`"config":"{\"a\":[1.50]}","days":"[]"`), of(`"until":"","count":0,"role":"","name":""`), of(`"clear":["title"],"tool":"x"`), in(of(`"name":"x"`)),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, s := range schemas {
			isStable(t, s, raw)
		}
	})
}

func isStable(t *testing.T, s *schema.Schema, raw []byte) {
	t.Helper()
	args, err := s.Check(raw)
	if err != nil {
		return
	}
	var again bytes.Buffer
	again.WriteByte('{')
	for i, a := range args.List {
		if i > 0 {
			again.WriteByte(',')
		}
		again.WriteString(`"` + a.Field.Name + `":` + string(a.Raw))
		if !json.Valid(a.Raw) {
			t.Fatalf("%s: %s is no JSON: %q", raw, a.Field.Name, a.Raw)
		}
		if a.Field.Segment && !schema.IsSegment(a.Text()) {
			t.Fatalf("%s: %q would leave its place in a path", raw, a.Text())
		}
	}
	again.WriteByte('}')
	back, err := s.Check(again.Bytes())
	if err != nil {
		t.Fatalf("%s: accepted, but not when given back as %s: %v", raw, again.Bytes(), err)
	}
	if listed(back) != listed(args) {
		t.Fatalf("%s: taken as %s, and that as %s", raw, listed(args), listed(back))
	}
}
