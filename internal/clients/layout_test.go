package clients

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plainClient has one form of entry, and ours is what the tests merge.
var (
	plainClient = Client{Servers: "servers", Program: []byte(`{"command": "$command", "args": "$args", "on": true}`)}
	ours        = Server{Name: "ours", Command: "prog", Args: []string{"run", "--fast"}}
)

func TestMergeLayout(t *testing.T) {
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
    "ours": {
      "command": "prog",
      "args": ["run", "--fast"],
      "on": true
    }
    // none yet
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
      "url": {"x": 1},
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
		{"the old one alone", `{"servers": {"ours": {"url": 1}}}`, `{"servers": {"ours": { "command": "prog", "args": ["run", "--fast"], "on": true}}}`},
		{"the old one alone, and a comma", "{\"servers\": {\"ours\": {\n\"url\": 1, // x\n}}}", "{\"servers\": {\"ours\": {\n\"command\": \"prog\",\n\"args\": [\"run\", \"--fast\"],\n\"on\": true,\n}}}"},
		{"the old one last", `{"servers": {"ours": {"command": "prog", "url": 1}}}`, `{"servers": {"ours": {"command": "prog", "args": ["run", "--fast"], "on": true}}}`},
		{"the old one last, behind a blank", `{"servers": {"ours": {"command": "prog" , "url": 1}}}`, `{"servers": {"ours": {"command": "prog" , "args": ["run", "--fast"], "on": true}}}`},
		{"the old one last, and nothing new", `{"servers": {"ours": {"command": "prog", "args": ["run", "--fast"], "on": true , "url": 1}}}`, `{"servers": {"ours": {"command": "prog", "args": ["run", "--fast"], "on": true }}}`},
		{"escapes in a name", `{"servers": {"o\u0075rs": {"command": "prog", "args": ["run", "--fast"], "on": true}}}`, `{"servers": {"o\u0075rs": {"command": "prog", "args": ["run", "--fast"], "on": true}}}`},
	} {
		after, err := plainClient.Merge([]byte(c.before), ours)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.after, string(after)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
	}
}

// asker asks a question, and has no other member in its entry than its type.
var (
	asker = Client{Servers: "servers", Program: []byte(`{"type": "x"}`), Reference: "${input:SERVER-key}"}
	asked = Server{Name: "our", Key: "KEY"}
)

func TestMergeLists(t *testing.T) {
	const words, entry = `{"type": "promptString", "id": "our-key", "description": "PostHog personal API key", "password": true}`, `"servers": {"our": {"type": "x"}}`
	for before, after := range map[string]string{
		`{"inputs": [], ` + entry + `}`:                              `{"inputs": [` + words + `], ` + entry + `}`,
		`{"inputs": [{"id": "our-key"}], ` + entry + `}`:             `{"inputs": [{"id": "our-key"}], ` + entry + `}`,
		`{"inputs": [7, {"id": "other"}], ` + entry + `}`:            `{"inputs": [7, {"id": "other"}, ` + words + `], ` + entry + `}`,
		"{\n \"inputs\": [\n  {\"id\": \"a\"}\n ],\n " + entry + "}": "{\n \"inputs\": [\n  {\"id\": \"a\"},\n  " + words + "\n ],\n " + entry + "}",
	} {
		got, err := asker.Merge([]byte(before), asked)
		if err != nil {
			t.Errorf("%s: %v", before, err)
		}
		if diff := cmp.Diff(after, string(got)); diff != "" {
			t.Errorf("%s:\n%s", before, diff)
		}
	}
}

func TestMergeRefused(t *testing.T) {
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
		`{"servers": {"ours": {"on": true, "url": 1, "command": [1}}}}`: "not JSON: line 1, column 58",
	} {
		_, err := plainClient.Merge([]byte(before), ours)
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", before, err, want)
		}
	}
	_, err := asker.Merge([]byte(`{"inputs": {}}`), asked)
	if err == nil || !strings.Contains(err.Error(), `"inputs" is not a list`) {
		t.Errorf("an object in the place of a list: %v", err)
	}
}

func TestMasked(t *testing.T) {
	got := masked([]byte(`// CANARY
{
  "a": "CANARY", /* CANARY
  CANARY */
  "list": ["CANARY", {"b" : "CANARY // \" CANARY"}, 5, "shown"],
  "mine": {"b": "CANARY"} // CANARY
}
`), map[string]bool{"shown": true})
	want := `// …
{
  "a": "…", /* …
 */
  "list": ["…", {"b" : "…"}, 5, "shown"],
  "mine": {"b": "…"} // …
}
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}
