package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/schema"
)

// change has the arguments of a typical update.
type change struct {
	ID       int64        `json:"id" jsonschema:"required,minimum=1"`
	Title    *string      `json:"title,omitempty" jsonschema:"maxLength=100"`
	Name     string       `json:"name,omitempty" arg:"most=100"`
	Until    *string      `json:"until,omitempty" jsonschema:"format=date-time"`
	Count    *int64       `json:"count,omitempty" jsonschema:"minimum=1"`
	Position *int64       `json:"position,omitempty" arg:"filled"`
	Offset   int64        `json:"offset,omitempty"`
	Days     *[]string    `json:"days,omitempty" arg:"most=7" jsonschema:"enum=monday,enum=tuesday"`
	Numbers  []int64      `json:"numbers,omitempty" arg:"most=25"`
	Mode     *string      `json:"mode,omitempty" jsonschema:"enum=on,enum="`
	Role     string       `json:"role,omitempty" jsonschema:"enum=data,enum=sales"`
	Enabled  bool         `json:"enabled,omitempty"`
	Config   *schema.JSON `json:"config,omitempty"`
	Settings object       `json:"settings,omitempty" arg:"most=100"`
	Search   string       `json:"search,omitempty" arg:"filled,most=100"`
	Password string       `json:"password,omitempty" arg:"secret,most=128" jsonschema:"minLength=8"`
	Project  string       `json:"project_id,omitempty" arg:"numeric,most=32" match:"^([1-9][0-9]*|@current)$" expect:"a project's number or @current"`
	Clear    []string     `json:"clear,omitempty" arg:"in=local,clears" jsonschema_description:"Set to null."`
}

// of returns a call of change with the given members.
func of(members string) string { return `{"id":1,` + members + `}` }

// in wraps JSON in a JSON string.
func in(value string) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

type habit struct{ name, given, want, notice string }

// accepts checks the values and the notice of each call.
func accepts(t *testing.T, habits []habit) {
	t.Helper()
	s := compile(t, change{})
	for _, h := range habits {
		t.Run(h.name, func(t *testing.T) {
			args, err := s.Check(json.RawMessage(h.given))
			if err != nil {
				t.Fatal(err)
			}
			got := []string{strings.TrimPrefix(listed(args), "id=1 "), args.Notice()}
			if diff := cmp.Diff([]string{h.want, h.notice}, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", h.given, diff)
			}
		})
	}
}

// refuses checks the error of each call.
func refuses(t *testing.T, calls [][2]string) {
	t.Helper()
	s := compile(t, change{})
	for _, c := range calls {
		_, err := s.Check(json.RawMessage(c[0]))
		if diff := cmp.Diff(c[1], fmt.Sprint(err)); diff != "" {
			t.Errorf("%.200s (-want +got):\n%s", c[0], diff)
		}
	}
}

// A string that holds an object or an array is accepted in the place of one.
func TestJSONInStrings(t *testing.T) {
	config := `{"color":"green","n":1.50,"big":9007199254740993}`
	accepts(t, []habit{
		{"a free object", of(`"config":` + in(config)), `config=` + config, ""},
		{"a free array", of(`"config":` + in(`[1, null]`)), `config=[1,null]`, ""},
		{"an object", of(`"settings":` + in(" {\n\t\"a\" : true }\n")), `settings={"a":true}`, ""},
		{"an array", of(`"days":` + in(`["monday"]`)), `days=["monday"]`, ""},
		{"an array of numbers in strings", of(`"numbers":` + in(`["5", 6.0, 7]`)), `numbers=[5,6,7]`, ""},
		{"text in it stays text", of(`"config":` + in(`{"a":"{\"b\":1}"}`)), `config={"a":"{\"b\":1}"}`, ""},
		{"null", of(`"config":"null","days":"null","count":"null"`), `config=null days=null count=null`, ""},
		{"a string stays one", of(`"title":"null","name":"{\"a\":1}"`), `title="null" name="{\"a\":1}"`, ""},
		{"all arguments", in(of(`"config":` + in(config))), `config=` + config, ""},
		{"all arguments, none", in(`{"id":1}`), `id=1`, ""},
	})
	refuses(t, [][2]string{
		{of(`"config":"green"`), `config: expected an object, got "green"`},
		{of(`"config":"{\"color\":"`), `config: expected an object, got "{\"color\":"`},
		{of(`"config":"{'color':'green'}"`), `config: expected an object, got "{'color':'green'}"`},
		{of(`"config":"{} {}"`), `config: expected an object, got "{} {}"`},
		{of(`"config":"5"`), `config: expected an object, got "5"`},
		{of(`"config":5`), `config: expected an object, got 5`},
		{of(`"config":true`), `config: expected an object, got true`},
		{of(`"config":` + in(in(`{"a":1}`))), `config: expected an object, got "\"{\\\"a\\\":1}\""`},
		{of(`"config":` + in(`{"a":1,"b":{"a":1,"a":2}}`)), "config: has a name twice in one object"},
		{of(`"config":{"a":1,"b":{"a":1,"\u0061":2}}`), "config: has a name twice in one object"},
		{of(`"settings":"[]"`), `settings: expected an object, got "[]"`},
		{of(`"settings":[]`), `settings: expected an object, got an array`},
		{of(`"days":"monday"`), `days: expected an array, got "monday"`},
		{of(`"days":"{}"`), `days: expected an array, got "{}"`},
		{of(`"days":"[\"funday\"]"`), `days: item 1: "funday" is not one of monday, tuesday`},
		{of(`"days":"[\"monday\\ud800\"]"`), `days: item 1: has half of a surrogate pair, which is no character`},
		{of(`"config":"{\"a\":\"\ud800\"}"`), `config: expected an object, got "{\"a\":\"\ud800\"}"`},
		{in(in(`{"id":1}`)), "arguments: expected a JSON object, got a string"},
		{in(`{"id":1,"id":2}`), "id: given twice"},
	})
}

// An error repeats a value as it was given, so that it cannot look like something
// else.
func TestErrorsQuoteWhatCame(t *testing.T) {
	long := strings.Repeat(`\"`, 40)
	refuses(t, [][2]string{
		{of(`"role":"a \"b\" 'c'"`), `role: "a \"b\" 'c'" is not one of data, sales`},
		{of(`"role":"dat\u0430"`), `role: "dat\u0430" is not one of data, sales`},
		{of("\"role\":\"a\u202eb\u200b\ufe0f\u3164\U000e0041\u034f\""), `role: "a\u202eb\u200b\ufe0f\u3164\udb40\udc41\u034f" is not one of data, sales`},
		{of(`"role":"` + long + `"`), `role: "` + long[:60] + `…" is not one of data, sales`},
		{of("\"ro\u2028le\":1,\"a\\\"b\":1"), `unknown argument "a\"b"; known: ` + known + "\n" + `unknown argument "ro\u2028le"; did you mean "role"?`},
		{of(`"password":"\"canary"`), "password: must have at least 8 characters, has 7"},
		{of(`"password":{"a":"canary"}`), "password: expected a string"},
	})
	s := compile(t, change{})
	if _, err := s.Check(json.RawMessage(of(`"role":"\u0064ata"`))); err != nil {
		t.Error(err)
	}
}

const known = "id, title, name, until, count, position, offset, days, numbers, mode, role, enabled, config, settings, search, password, project_id, clear"

// The arguments that hosts add to every call are dropped; other unknown names are
// refused.
func TestAddedByHosts(t *testing.T) {
	accepts(t, []habit{
		{"Gemini CLI", of(`"wait_for_previous":true,"name":"x"`), `name="x"`, ""},
		{"n8n", of(`"toolCallId":"call_1","sessionId":"s","action":"sendMessage","chatInput":"hello","tool":"t","name":"x"`), `name="x"`, ""},
		{"n8n, with a null", of(`"toolCallId":null,"title":null`), `title=null`, ""},
		{"Cline", of(`"task_progress":"- [ ] one","name":"x"`), `name="x"`, ""},
		{"SiYuan", of(`"_sessionID":"s","name":"x"`), `name="x"`, ""},
	})
	refuses(t, [][2]string{
		{of(`"wait_for_previou":true`), `unknown argument "wait_for_previou"; known: ` + known},
		{of(`"Action":"x"`), `unknown argument "Action"; known: ` + known},
	})
	s := compile(t, struct {
		Action string `json:"action" jsonschema:"required"`
	}{})
	args, err := s.Check(json.RawMessage(`{"action":"x","tool":"y"}`))
	if err != nil || listed(args) != `action="x"` {
		t.Errorf("an argument of the tool's own: %v, %v", args, err)
	}
}

// An empty value for an argument that cannot be empty means "not given". Three of
// them show that the client pads, and then every empty value is dropped.
func TestEmptyValues(t *testing.T) {
	const dropped = `Empty values were given for arguments that cannot be empty, so every empty value in this call counted as "not given"; not cleared: `
	const alone = ". To clear one, send it empty without the others."
	accepts(t, []habit{
		{"that cannot be", of(`"until":"","count":0`), `id=1`, ""},
		{"in strings", of(`"count":"0","project_id":"0"`), `id=1`, ""},
		{"of another type", of(`"count":"","enabled":"","settings":""`), `id=1`, ""},
		{"an id", of(`"project_id":0,"position":0`), `id=1`, ""},
		{"a choice", of(`"role":"","mode":""`), `mode=""`, "Cleared, since given as empty: mode."},
		{"a filter", of(`"search":""`), `id=1`, ""},
		{"a number that may be 0", of(`"offset":0`), `offset=0`, ""},
		{"false", of(`"enabled":false`), `enabled=false`, ""},
		{"that clear", of(`"name":"","title":"","days":[ ],"numbers":[]`), `name="" title="" days=[ ] numbers=[]`, "Cleared, since given as empty: name, title, days, numbers."},
		{"that clear, in strings", of(`"days":"[]","config":"{}"`), `days=[] config={}`, "Cleared, since given as empty: days, config."},
		{"that changes nothing", of(`"settings":{}`), `settings={}`, ""},
		{
			"two that cannot be, and one that clears", of(`"until":"","count":0,"name":""`), `name=""`,
			"Cleared, since given as empty: name.",
		},
		{
			"padded", of(`"until":"","count":0,"role":"","name":"","days":[],"mode":"","config":{},"offset":0,"enabled":false,"settings":{"a":1}`),
			`offset=0 enabled=false settings={"a":1}`, dropped + "name, days, mode, config" + alone,
		},
		{"padded, nothing lost", of(`"until":"","count":0,"role":"","title":"x"`), `title="x"`, ""},
		{
			"padded both ways", of(`"until":"","count":0,"search":"","name":"","title":null,"enabled":null`), `id=1`,
			`null was given for an argument that cannot be null, so every null in this call counted as "not given"; not cleared: title. To clear one, send null for it alone. ` + dropped + "name" + alone,
		},
	})
	refuses(t, [][2]string{
		{`{"id":0}`, "id: must be at least 1, got 0"},
		{`{"id":""}`, `id: expected an integer, got ""`},
		{of(`"enabled":0`), "enabled: expected true or false, got 0"},
		{of(`"count":[]`), "count: expected an integer, got an array"},
		{of(`"name":0`), "name: expected a string, got 0"},
		{of(`"name":" ","role":" "`), `role: " " is not one of data, sales`},
	})
}

// A name in clear is a null, for clients that check a call against a schema
// without null.
func TestClear(t *testing.T) {
	accepts(t, []habit{
		{"one", of(`"clear":["count"]`), `count=null`, ""},
		{"some, after the rest", of(`"clear":["days","mode","config"],"name":"x"`), `name="x" days=null mode=null config=null`, ""},
		{"none", of(`"clear":[],"name":"x"`), `name="x"`, ""},
		{"as text", of(`"clear":"[\"title\"]"`), `title=null`, ""},
		{"twice", of(`"clear":["title","title"]`), `title=null`, ""},
		{"with an empty value", of(`"title":"","clear":["title"]`), `title=null`, ""},
		{"with the null itself", of(`"title":null,"clear":["title"]`), `title=null`, ""},
		{"in a call padded with nulls", of(`"title":null,"enabled":null,"clear":["title"]`), `title=null`, ""},
		{"in a call padded with empty values", of(`"title":"","until":"","count":0,"role":"","clear":["count"]`), `count=null`, `Empty values were given for arguments that cannot be empty, so every empty value in this call counted as "not given"; not cleared: title. To clear one, send it empty without the others.`},
	})
	refuses(t, [][2]string{
		{of(`"clear":["name"]`), `clear: item 1: "name" is not one of title, until, count, position, days, mode, config`},
		{of(`"clear":["title"],"title":"x"`), "title: given a value, and named as one to clear"},
		{of(`"clear":"title"`), `clear: expected an array, got "title"`},
	})
	s := compile(t, change{})
	portable := properties(t, s, schema.Portable)
	want := `{"items":{"type":"string","enum":["title","until","count","position","days","mode","config"]},"type":"array","description":"Set to null."}`
	if diff := cmp.Diff(want, string(portable["clear"])); diff != "" {
		t.Error(diff)
	}
	if standard := properties(t, s, schema.Standard); standard["clear"] != nil {
		t.Errorf("standard: %s", standard["clear"])
	}
	other := compile(t, struct {
		Count *int64   `json:"count,omitempty"`
		Clear []string `json:"clear,omitempty" arg:"clears"`
	}{})
	if got := other.Field("clear").Enum; !cmp.Equal(got, []string{"count"}) {
		t.Errorf("another request: %q", got)
	}
}
