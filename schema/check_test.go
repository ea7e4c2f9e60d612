package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/schema"
)

// Check returns the values in the caller's order, normalised.
func TestCheckAccepts(t *testing.T) {
	s := compile(t, request{})
	const f = `"frequency":"daily"`
	for _, c := range []struct{ name, given, want string }{
		{"bytes stay as they are", `{"frequency" : "daily" , "title":"a\u0062\/é"}`, `frequency="daily" title="a\u0062\/é"`},
		{"order is the caller's", `{"limit":3,` + f + `}`, `limit=3 frequency="daily"`},
		{"falsy values survive", `{` + f + `,"enabled":false,"insight":0}`, `frequency="daily" enabled=false insight=0`},
		{"null of a nullable is a value", `{` + f + `,"title":null,"insight":null,"byweekday":null,"settings":null,"mode":null}`, `frequency="daily" title=null insight=null byweekday=null settings=null mode=null`},
		{"integers are exact", `{` + f + `,"insight":9007199254740993}`, `frequency="daily" insight=9007199254740993`},
		{"the largest", `{` + f + `,"insight":9223372036854775807}`, `frequency="daily" insight=9223372036854775807`},
		{"a string of digits is an integer", `{` + f + `,"limit":"5","insight":"-7"}`, `frequency="daily" limit=5 insight=-7`},
		{"a whole float is an integer", `{` + f + `,"limit":5.0,"insight":6.00}`, `frequency="daily" limit=5 insight=6`},
		{"items are normalised", `{` + f + `,"ids":["5", 6.0, 7]}`, `frequency="daily" ids=[5,6,7]`},
		{"items stay as they are", `{` + f + `,"ids":[ 5, 7 ]}`, `frequency="daily" ids=[ 5, 7 ]`},
		{"booleans in words", `{` + f + `,"enabled":"True"}`, `frequency="daily" enabled=true`},
		{"a whole float for a string that may be a number", `{` + f + `,"project_id":31001.0}`, `frequency="daily" project_id="31001"`},
		{"a number for a string that may be one", `{` + f + `,"project_id":12345678901234567890}`, `frequency="daily" project_id="12345678901234567890"`},
		{"free JSON is untouched", `{` + f + `,"settings":{"b":1.50,"a":[null,9007199254740993]}}`, `frequency="daily" settings={"b":1.50,"a":[null,9007199254740993]}`},
		{"free JSON of any type", `{` + f + `,"settings":[1e400]}`, `frequency="daily" settings=[1e400]`},
		{"an object", `{` + f + `,"map":{"x":null}}`, `frequency="daily" map={"x":null}`},
		{"date-times", `{` + f + `,"start_date":"2027-01-04T09:00:00.123456+05:30"}`, `frequency="daily" start_date="2027-01-04T09:00:00.123456+05:30"`},
		{"date-times without seconds and offset", `{` + f + `,"start_date":"2027-01-04T09:00"}`, `frequency="daily" start_date="2027-01-04T09:00"`},
		{"characters are counted, not bytes", `{` + f + `,"title":"ééééé"}`, `frequency="daily" title="ééééé"`},
		{"a segment", `{` + f + `,"uuid":"@me"}`, `frequency="daily" uuid="@me"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			args, err := s.Check(json.RawMessage(c.given))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, listed(args)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if args.Notice() != "" {
				t.Errorf("notice: %s", args.Notice())
			}
		})
	}
}

func listed(args *schema.Arguments) string {
	pairs := make([]string, len(args.List))
	for i, a := range args.List {
		pairs[i] = a.Field.Name + "=" + string(a.Raw)
	}
	return strings.Join(pairs, " ")
}

// An error is in the words that the agent reads.
func TestCheckRefuses(t *testing.T) {
	s := compile(t, request{})
	for _, c := range []struct{ given, want string }{
		{``, "frequency: required, one of daily, weekly"},
		{`null`, "frequency: required, one of daily, weekly"},
		{`{"frequency":null}`, "frequency: required, one of daily, weekly"},
		{`{"frequency":"hourly"}`, `frequency: "hourly" is not one of daily, weekly`},
		{`{"frequency":7}`, "frequency: expected a string, got 7"},
		{ok(`"limit":"ten"`), `limit: expected an integer, got "ten"`},
		{ok(`"limit":1.5`), "limit: expected an integer, got 1.5"},
		{ok(`"limit":1e2`), "limit: expected an integer, got 1e2"},
		{ok(`"limit":-1`), "limit: must be at least 1, got -1"},
		{ok(`"limit":101`), "limit: must be at most 100, got 101"},
		{ok(`"limit":true`), "limit: expected an integer, got true"},
		{ok(`"insight":99999999999999999999`), "insight: is out of range: 99999999999999999999"},
		{ok(`"insight":1e999999999`), "insight: expected an integer, got 1e999999999"},
		{ok(`"insight":{}`), "insight: expected an integer, got an object"},
		{ok(`"enabled":"yes"`), `enabled: expected true or false, got "yes"`},
		{ok(`"enabled":1`), "enabled: expected true or false, got 1"},
		{ok(`"title":"123456"`), "title: must have at most 5 characters, has 6"},
		{ok(`"title":"a\u0000b"`), "title: has a NUL character, which cannot be stored"},
		{ok(`"title":"\ud800"`), "title: has half of a surrogate pair, which is no character"},
		{ok(`"note":" \t"`), "note: must not be blank"},
		{ok(`"byweekday":"monday"`), `byweekday: expected an array, got "monday"`},
		{ok(`"byweekday":["monday","funday"]`), `byweekday: item 2: "funday" is not one of monday, tuesday`},
		{ok(`"byweekday":[null]`), `byweekday: item 1: expected a string, got null`},
		{ok(`"ids":[1,"x"]`), `ids: item 2: expected an integer, got "x"`},
		{ok(`"start_date":"next monday"`), `start_date: expected an ISO 8601 date-time like 2027-01-04T09:00:00Z, got "next monday"`},
		{ok(`"start_date":"2027-02-30T09:00:00Z"`), `start_date: expected an ISO 8601 date-time like 2027-01-04T09:00:00Z, got "2027-02-30T09:00:00Z"`},
		{ok(`"start_date":"2027-01-04"`), `start_date: expected an ISO 8601 date-time like 2027-01-04T09:00:00Z, got "2027-01-04"`},
		{ok(`"mode":"off"`), `mode: "off" is not one of on, ""`},
		{ok(`"map":[]`), "map: expected an object, got an array"},
		{ok(`"project_id":"../users"`), `project_id: expected a project's number or @current, got "../users"`},
		{ok(`"uuid":"@me%2Fhedgehog_config"`), `uuid: expected 1 to 256 letters, digits or @ . _ ~ -, got "@me%2Fhedgehog_config"`},
		{ok(`"uuid":".."`), `uuid: expected 1 to 256 letters, digits or @ . _ ~ -, got ".."`},
		{ok(`"titel":"x"`), `unknown argument "titel"; did you mean "title"?`},
		{ok(`"Title":"x"`), `unknown argument "Title"; did you mean "title"?`},
		{ok(`"limit":1,"limit":2`), "limit: given twice"},
		{`[]`, "arguments: expected a JSON object, got an array"},
		{`"{\"password\":\"canary\"}"`, "frequency: required, one of daily, weekly\npassword: must have at least 8 characters, has 6"},
		{`"password=canary"`, "arguments: expected a JSON object, got a string"},
		{`"{\"password\":\"canary"`, "arguments: expected a JSON object, got a string"},
		{`12`, "arguments: expected a JSON object, got a bare value"},
		{`{"frequency":"daily"`, "arguments: not valid JSON, it ends too early"},
		{`{"frequency":"daily"}}`, "arguments: more than one JSON value"},
		{`{"frequency":"daily"} {}`, "arguments: more than one JSON value"},
		{"{\"frequency\":\"\xff\"}", "arguments: not valid UTF-8"},
		// All problems of a call at once, sorted.
		{`{"limit":"ten","titel":1,"start_date":"soon"}`, `unknown argument "titel"; did you mean "title"?
frequency: required, one of daily, weekly
limit: expected an integer, got "ten"
start_date: expected an ISO 8601 date-time like 2027-01-04T09:00:00Z, got "soon"`},
	} {
		t.Run(c.given, func(t *testing.T) {
			_, err := s.Check(json.RawMessage(c.given))
			if err == nil {
				t.Fatal("accepted")
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// ok returns a valid call plus the given members.
func ok(members string) string { return `{"frequency":"daily",` + members + `}` }

// A client in strict mode pads every optional argument with null.
func TestPadding(t *testing.T) {
	s := compile(t, request{})
	for _, c := range []struct{ name, given, want, notice string }{
		{"nulls that could be meant", ok(`"title":null`), `frequency="daily" title=null`, ""},
		{"nulls that mean nothing", ok(`"limit":null`), `frequency="daily"`, ""},
		{
			"both", ok(`"title":null,"limit":null,"insight":null,"enabled":false`), `frequency="daily" enabled=false`,
			`null was given for an argument that cannot be null, so every null in this call counted as "not given"; not cleared: title, insight. To clear one, send null for it alone.`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			args, err := s.Check(json.RawMessage(c.given))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{c.want, c.notice}, []string{listed(args), args.Notice()}); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSecretsAreNotRepeated(t *testing.T) {
	s := compile(t, request{})
	for _, given := range []string{
		ok(`"password":"canary"`), ok(`"password":12345678901`), ok(`"hook":"http://canary"`), ok(`"hook":["canary"]`),
	} {
		_, err := s.Check(json.RawMessage(given))
		if err == nil {
			t.Fatalf("%s: accepted", given)
		}
		if strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "12345678901") {
			t.Errorf("%s: %v", given, err)
		}
	}
}

func TestErrorsStayShort(t *testing.T) {
	s := compile(t, request{})
	var b strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&b, `"%s%d":1,`, strings.Repeat("x", 100), i)
	}
	_, err := s.Check(json.RawMessage(ok(b.String() + `"limit":"` + strings.Repeat("y", 10_000) + `"`)))
	if err == nil || len(err.Error()) > 10_000 || !strings.HasSuffix(err.Error(), "more") {
		t.Errorf("%d bytes: %.200s", len(err.Error()), err)
	}
}

// A value in an error cannot break the line or hide characters.
func TestErrorsShowNoDisguise(t *testing.T) {
	s := compile(t, request{})
	_, err := s.Check(json.RawMessage(ok("\"\\u202eevil\\n\\u200b\":1,\"frequency\\u0000\":2,\"mode\":\"a\\nb\\u202e\"")))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, r := range err.Error() {
		if r == '\u202e' || r == '\u200b' || r == 0 {
			t.Errorf("%q", err.Error())
		}
	}
	if lines := strings.Count(err.Error(), "\n") + 1; lines != 3 {
		t.Errorf("%d lines: %q", lines, err.Error())
	}
}
