package drf_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/internal/sandbox/drf"
)

func object(t interface{ Fatal(...any) }, body string) map[string]any {
	v, err := drf.Decode([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	m, err := drf.Object(v)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestValues(t *testing.T) {
	utc := func(text string) time.Time { v, _ := time.Parse(time.RFC3339Nano, text); return v.UTC() }
	for _, f := range []struct {
		kind drf.Kind
		json string
		want any
	}{
		{drf.Char, `" a "`, "a"}, {drf.Char, `5`, "5"}, {drf.Char, `2.50`, "2.50"},
		{drf.Integer, `7.0`, int64(7)}, {drf.Integer, `-3`, int64(-3)}, {drf.Boolean, `true`, true}, {drf.Related, `12`, int64(12)},
		{drf.DateTime, `"2022-01-01T00:00:00"`, utc("2022-01-01T00:00:00Z")},
		{drf.DateTime, `"2022-01-01 10:30"`, utc("2022-01-01T10:30:00Z")},
		{drf.DateTime, `"2022-1-2T3:04:05Z"`, utc("2022-01-02T03:04:05Z")},
		{drf.DateTime, `"2022-01-01T00:00:00.1234567+02:00"`, utc("2021-12-31T22:00:00.123456Z")},
		{drf.DateTime, `"2022-01-01T00:00:00-0530"`, utc("2022-01-01T05:30:00Z")},
		{drf.DateTime, `"2022-01-01"`, utc("2022-01-01T00:00:00Z")},
	} {
		got, err := drf.Read([]drf.Field{{Name: "x", Kind: f.kind}}, object(t, `{"x":`+f.json+`}`), false, nil)
		if err != nil {
			t.Errorf("%s: %v", f.json, err)
			continue
		}
		if diff := cmp.Diff(f.want, got["x"]); diff != "" {
			t.Errorf("%s: %s", f.json, diff)
		}
	}
}

func TestOrderOfErrors(t *testing.T) {
	fields := []drf.Field{{Name: "a", Required: true}, {Name: "b", Kind: drf.Integer}, {Name: "c", Kind: drf.Boolean}}
	for _, f := range []struct {
		body    string
		partial bool
		want    string
	}{
		{`{"c":"x","b":"y"}`, false, "400 required: This field is required."},
		{`{"c":"x","b":"y"}`, true, "400 invalid_input: A valid integer is required."},
		{`{"a":"","c":"x"}`, true, "400 blank: This field may not be blank."},
		{`{"b":"y","c":true}`, true, "403 permission_denied: no"},
	} {
		_, err := drf.Read(fields, object(t, f.body), f.partial, func(name string, _ any) *drf.Error {
			if name == "c" {
				return drf.Denied("no")
			}
			return nil
		})
		if err == nil || err.Error() != f.want {
			t.Errorf("%s: %v, want %s", f.body, err, f.want)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, body := range []string{"{", "{\n \"a\": nope}", "1 2", "{}]", "{\"a\":\"\xff\"}"} {
		if _, err := drf.Decode([]byte(body)); err == nil || err.Status != 400 || err.Type != "invalid_request" || err.Code != "parse_error" {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestTimesAreWrittenAsTheAPIDoes(t *testing.T) {
	for want, in := range map[string]time.Time{
		`"2026-06-15T10:00:00Z"`:        time.Date(2026, 6, 15, 12, 0, 0, 0, time.FixedZone("", 7200)),
		`"2026-06-15T12:00:00.000120Z"`: time.Date(2026, 6, 15, 12, 0, 0, 120_000, time.UTC),
		`"0001-01-01T00:00:00Z"`:        {},
	} {
		got, err := drf.Time{Time: in}.MarshalJSON()
		if err != nil || string(got) != want {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
}

// TestReadNeverPanics reads any text as a body, with every kind of field.
func TestReadNeverPanics(t *testing.T) {
	var fields []drf.Field
	for _, kind := range []drf.Kind{
		drf.Char, drf.Email, drf.Integer, drf.Boolean, drf.Choice, drf.ChoiceList, drf.DateTime, drf.Related, drf.Dict, drf.JSON,
	} {
		fields = append(fields, drf.Field{Name: string(kind), Kind: kind, Choices: []string{"x"}})
	}
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.String(), rapid.StringMatching(`[-+.0-9eE:TZ/ "\[\]{}tnulfase,]{0,24}`)).Draw(t, "value")
		name := rapid.SampledFrom(fields).Draw(t, "field").Name
		body, err := drf.Decode([]byte(`{"` + name + `":` + value + `}`))
		if err != nil {
			return
		}
		data, err := drf.Object(body)
		if err != nil {
			return
		}
		values, err := drf.Read(fields, data, true, nil)
		if err == nil && len(values) == 0 && len(data) == 1 {
			t.Fatalf("%s vanished", value)
		}
	})
}
