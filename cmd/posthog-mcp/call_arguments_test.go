package main

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/schema"
)

func shellSchema(t *testing.T) *schema.Schema {
	t.Helper()
	known, err := schema.Of(struct {
		Title   *string     `json:"title,omitempty"`
		Count   *int64      `json:"count,omitempty"`
		Enabled bool        `json:"enabled,omitempty"`
		Days    *[]string   `json:"days,omitempty"`
		IDs     []int64     `json:"ids,omitempty"`
		Config  schema.JSON `json:"config,omitempty"`
	}{})
	if err != nil {
		t.Fatal(err)
	}
	return known
}

var errNoFile = errors.New("no such file")

func readNothing(string) ([]byte, error) { return nil, errNoFile }

// TestShellArguments reads what is typed behind --arg, and the JSON of it.
func TestShellArguments(t *testing.T) {
	known := shellSchema(t)
	file := func(path string) ([]byte, error) { return []byte("of " + path), nil }
	for _, c := range []struct {
		given []string
		want  string
	}{
		{[]string{"title=Growth"}, `{"title":"Growth"}`},
		{[]string{"title="}, `{"title":""}`},
		{[]string{"title=null"}, `{"title":"null"}`},
		{[]string{"title:=null"}, `{"title":null}`},
		{[]string{"title=a=b@c:=d"}, `{"title":"a=b@c:=d"}`},
		{[]string{"title=<b>\n\"é\""}, `{"title":"<b>\n\"é\""}`},
		{[]string{"title@notes.txt"}, `{"title":"of notes.txt"}`},
		{[]string{"title@-"}, `{"title":"of -"}`},
		{[]string{"count=9007199254740993"}, `{"count":"9007199254740993"}`},
		{[]string{"count=null", "enabled=false"}, `{"count":null,"enabled":"false"}`},
		{[]string{"count:=5"}, `{"count":5}`},
		{[]string{"days=monday, friday", "days=sunday"}, `{"days":["monday","friday","sunday"]}`},
		{[]string{"days="}, `{"days":[]}`},
		{[]string{"days=null"}, `{"days":null}`},
		{[]string{"ids=[1,2]", "ids=3"}, `{"ids":[1,2,"3"]}`},
		{[]string{"ids=1", "title=x", "ids=2"}, `{"ids":["1","2"],"title":"x"}`},
		{[]string{`config={"a":1}`}, `{"config":{"a":1}}`},
		{[]string{"config=5"}, `{"config":5}`},
		// Left to the schema, which has words for it.
		{[]string{"titel=x", "target-type=y"}, `{"titel":"x","target-type":"y"}`},
		{[]string{"title=x", "title=y"}, `{"title":"x","title":"y"}`},
		{[]string{"days=null", "days=friday"}, `{"days":null,"days":["friday"]}`},
		{[]string{"days:=5", "days=friday"}, `{"days":5,"days":["friday"]}`},
	} {
		got, err := shellArguments(c.given, known, file)
		if err != nil {
			t.Errorf("%q: %v", c.given, err)
			continue
		}
		if diff := cmp.Diff(c.want, string(got)); diff != "" {
			t.Errorf("%q:\n%s", c.given, diff)
		}
	}
}

func TestShellArgumentsRefused(t *testing.T) {
	known := shellSchema(t)
	for given, want := range map[string]string{
		"title":        "--arg: expected NAME=VALUE, NAME@FILE or NAME:=JSON",
		"=x":           "--arg: expected NAME=VALUE, NAME@FILE or NAME:=JSON",
		"ti tle=x":     "--arg: expected NAME=VALUE, NAME@FILE or NAME:=JSON",
		"title:=x":     `--arg title: expected JSON, such as null or {"a": 1}`,
		"config=red":   `--arg config: expected JSON, such as null or {"a": 1}`,
		"title=\xff":   "--arg title: not valid UTF-8",
		"title@absent": "--arg title: no such file",
	} {
		_, err := shellArguments([]string{given}, known, readNothing)
		var wrong usageError
		if !errors.As(err, &wrong) || err.Error() != want {
			t.Errorf("%q: got %v, want %q", given, err, want)
		}
	}
}

// TestShellTexts holds that a text arrives as it was typed.
func TestShellTexts(t *testing.T) {
	known := shellSchema(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		raw, err := shellArguments([]string{"title=" + text}, known, readNothing)
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ Title string }
		if err := json.Unmarshal(raw, &got); err != nil || got.Title != text {
			t.Fatalf("%q arrives as %q (%v)", text, got.Title, err)
		}
	})
}
