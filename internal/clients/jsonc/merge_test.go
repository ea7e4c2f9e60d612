package jsonc

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// brought is what the tests merge.
var brought = Object{{Name: "servers", Value: Object{{Name: "ours", Value: Object{
	{Name: "command", Value: "prog"}, {Name: "args", Value: []string{"run", "--fast"}}, {Name: "on", Value: true},
}}}}}

// rules keep a word in the place of "TODO", and drop "old" from our entry.
var rules = Rules{
	Drop: func(path []string) bool { return len(path) == 3 && path[2] == "old" },
	Keep: func(is, brought string) bool { return brought == "TODO" },
}

func TestMerge(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"nothing", "", `{
  "servers": {
    "ours": {
      "command": "prog",
      "args": ["run", "--fast"],
      "on": true
    }
  }
}
`},
		{"an empty list of servers", "{\n\t\"servers\": {}\n}\n", `{
	"servers": {
		"ours": {
			"command": "prog",
			"args": ["run", "--fast"],
			"on": true
		}
	}
}
`},
		{"others, comments and four blanks", `// mine
{
    "theme": "dark", // at night
    "servers": {
        // theirs
        "theirs": { "command": "x" } // keep
        /* the end */
    }
}
`, `// mine
{
    "theme": "dark", // at night
    "servers": {
        // theirs
        "theirs": { "command": "x" }, // keep
        "ours": {
            "command": "prog",
            "args": ["run", "--fast"],
            "on": true
        }
        /* the end */
    }
}
`},
		{"trailing commas", `{
  "servers": {
    "theirs": {}, // keep
  },
}`, `{
  "servers": {
    "theirs": {}, // keep
    "ours": {
      "command": "prog",
      "args": ["run", "--fast"],
      "on": true
    },
  },
}`},
		{"an object that holds a comment", `{
  "servers": {
    // none yet
  }
}`, `{
  "servers": {
    // none yet
    "ours": {
      "command": "prog",
      "args": ["run", "--fast"],
      "on": true
    }
  }
}`},
		{"one line", `{"a":1,"servers":{"theirs":{}}}`, `{"a":1,"servers":{"theirs":{}, "ours": {"command": "prog", "args": ["run", "--fast"], "on": true}}}`},
		{"one line in many", "{\n  \"servers\": {\"theirs\": {}}\n}", "{\n  \"servers\": {\"theirs\": {}, \"ours\": {\"command\": \"prog\", \"args\": [\"run\", \"--fast\"], \"on\": true}}\n}"},
		{"lines of Windows", "{\r\n  \"a\": 1\r\n}\r\n", "{\r\n  \"a\": 1,\r\n  \"servers\": {\r\n    \"ours\": {\r\n      \"command\": \"prog\",\r\n      \"args\": [\"run\", \"--fast\"],\r\n      \"on\": true\r\n    }\r\n  }\r\n}\r\n"},
		{"an entry that is older", `{
  "servers": {
    "ours": {
      "note": "mine", // stays
      "command": "other",
      "old": {"x": 1},
      "args": [
        "run", // first
        "--fast"
      ]
    }
  }
}`, `{
  "servers": {
    "ours": {
      "note": "mine", // stays
      "command": "prog",
      "args": [
        "run", // first
        "--fast"
      ],
      "on": true
    }
  }
}`},
		{"a byte order mark", "\ufeff{\"a\":1}\n", "\ufeff{\"a\":1, \"servers\": {\"ours\": {\"command\": \"prog\", \"args\": [\"run\", \"--fast\"], \"on\": true}}}\n"},
		{"the old one alone", `{"servers": {"ours": {"old": 1}}}`, `{"servers": {"ours": {"command": "prog", "args": ["run", "--fast"], "on": true}}}`},
		{"the old one alone, and a comma", "{\"servers\": {\"ours\": {\n\"old\": 1, // x\n}}}", "{\"servers\": {\"ours\": {\n\"command\": \"prog\",\n\"args\": [\"run\", \"--fast\"],\n\"on\": true,\n}}}"},
		{"the old one last", `{"servers": {"ours": {"command": "prog", "old": 1}}}`, `{"servers": {"ours": {"command": "prog", "args": ["run", "--fast"], "on": true}}}`},
		{"the old one last, behind a blank", `{"servers": {"ours": {"command": "prog" , "old": 1}}}`, `{"servers": {"ours": {"command": "prog" , "args": ["run", "--fast"], "on": true}}}`},
		{"the old one last, and nothing new", `{"servers": {"ours": {"command": "prog", "args": ["run", "--fast"], "on": true , "old": 1}}}`, `{"servers": {"ours": {"command": "prog", "args": ["run", "--fast"], "on": true }}}`},
		{"escapes in a name", `{"servers": {"o\u0075rs": {"command": "prog", "args": ["run", "--fast"], "on": true}}}`, `{"servers": {"o\u0075rs": {"command": "prog", "args": ["run", "--fast"], "on": true}}}`},
	} {
		d, err := Parse([]byte(c.before))
		if err == nil {
			err = d.Merge(brought, rules)
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if diff := cmp.Diff(c.after, string(d.Bytes())); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

func TestMergeKeeps(t *testing.T) {
	for before, after := range map[string]string{
		`{"key": "secret"}`: `{"key": "secret"}`,
		`{"key": 5}`:        `{"key": "TODO"}`,
		`{}`:                "{\n  \"key\": \"TODO\"\n}",
	} {
		d, err := Parse([]byte(before))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Merge(Object{{Name: "key", Value: "TODO"}}, rules); err != nil || string(d.Bytes()) != after {
			t.Errorf("%s became %s, %v; want %s", before, d.Bytes(), err, after)
		}
	}
}

func TestMergeLists(t *testing.T) {
	question := []Object{{{Name: "id", Value: "key"}, {Name: "password", Value: true}}}
	for before, after := range map[string]string{
		`{"inputs": []}`:                            "{\"inputs\": [{\"id\": \"key\", \"password\": true}]}",
		`{"inputs": [{"id": "key"}]}`:               `{"inputs": [{"id": "key"}]}`,
		`{"inputs": [7, {"id": "other"}]}`:          `{"inputs": [7, {"id": "other"}, {"id": "key", "password": true}]}`,
		"{\n \"inputs\": [\n  {\"id\": \"a\"}\n ]}": "{\n \"inputs\": [\n  {\"id\": \"a\"},\n  {\"id\": \"key\", \"password\": true}\n ]}",
	} {
		d, err := Parse([]byte(before))
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Merge(Object{{Name: "inputs", Value: question}}, Rules{}); err != nil {
			t.Errorf("%s: %v", before, err)
		}
		if diff := cmp.Diff(after, string(d.Bytes())); diff != "" {
			t.Errorf("%s:\n%s", before, diff)
		}
	}
}

func TestRefused(t *testing.T) {
	for before, want := range map[string]string{
		"{\n  \"a\": CANARY\n}":          "not JSON: line 2, column 8",
		"{\"a\": \"CANARY\n\"}":          "not JSON: line 1, column 7",
		`{"a": 1`:                        "not JSON: line 1, column 8",
		`{} {}`:                          "not JSON: line 1, column 4",
		`[1]`:                            "not a JSON object",
		`"CANARY"`:                       "not a JSON object",
		"\xef\xbb\xbf\xef\xbb\xbf{}":     "not JSON: line 1, column 1",
		"\xff\xfe{\x00}\x00":             "not JSON: line 1, column 1",
		`{"servers": ["CANARY"]}`:        `"servers" is not an object`,
		`{"servers": {"ours": null}}`:    `"servers.ours" is not an object`,
		`{"servers": {}, "servers": {}}`: `"servers" is there twice`,
		`{"servers": {"ours": {"command": "a", "\u0063ommand": "b"}}}`:  `"command" is there twice`,
		`{"servers": {"ours": {"on": true, "old": 1, "command": [1}}}}`: "not JSON: line 1, column 58",
	} {
		d, err := Parse([]byte(before))
		if err == nil {
			err = d.Merge(brought, rules)
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", before, err, want)
		}
	}
	d, err := Parse([]byte(`{"inputs": {}}`))
	if err == nil {
		err = d.Merge(Object{{Name: "inputs", Value: []Object{{}}}}, Rules{})
	}
	if err == nil || !strings.Contains(err.Error(), `"inputs" is not a list`) {
		t.Errorf("an object in the place of a list: %v", err)
	}
}

func TestMasked(t *testing.T) {
	d, err := Parse([]byte(`// CANARY
{
  "a": "CANARY", /* CANARY
  CANARY */
  "list": ["CANARY", {"b": "CANARY"}, 5, "shown"],
  "mine": {"b": "seen"} // CANARY
}
`))
	if err != nil {
		t.Fatal(err)
	}
	masked := d.Masked(map[string]bool{"shown": true}, "/mine/b", "/nothing")
	want := `// …
{
  "a": "…", /* …
 */
  "list": ["…", {"b": "…"}, 5, "shown"],
  "mine": {"b": "seen"} // …
}
`
	if diff := cmp.Diff(want, string(masked)); diff != "" {
		t.Error(diff)
	}
	if !bytes.Contains(d.Bytes(), []byte("CANARY")) {
		t.Error("the document itself was masked")
	}
}

func TestCompact(t *testing.T) {
	o := Object{{Name: "a", Value: []string{"x y", "<&>"}}, {Name: "b", Value: Object{}}, {Name: "c", Value: []Object{{{Name: "d", Value: false}}}}}
	if got, want := o.Compact(), `{"a":["x y","<&>"],"b":{},"c":[{"d":false}]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
