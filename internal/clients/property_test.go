package clients

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/tailscale/hujson"
	"pgregory.net/rapid"
)

// TestMergeProperties merges into files as people write them.
func TestMergeProperties(t *testing.T) {
	comments := regexp.MustCompile(`/[/*] c\d+;`)
	rapid.Check(t, func(t *rapid.T) {
		before := []byte(file(t))
		after, err := plainClient.Merge(before, ours)
		if err != nil {
			t.Fatalf("%v\n%s", err, before)
		}

		want, got := decode(t, before), decode(t, after)
		servers, _ := want["servers"].(map[string]any)
		if servers == nil {
			servers = map[string]any{}
			want["servers"] = servers
		}
		entry, _ := servers["ours"].(map[string]any)
		if entry == nil {
			entry = map[string]any{}
			servers["ours"] = entry
		}
		entry["command"], entry["args"], entry["on"] = "prog", []any{"run", "--fast"}, true
		members := len(entry)
		delete(entry, "url")
		delete(entry, "env")
		kept := len(entry) == members // a member that goes takes its comments along
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s\n---\n%s\n---\n%s", diff, before, after)
		}
		for _, comment := range comments.FindAll(before, -1) {
			if kept && !bytes.Contains(after, comment) {
				t.Fatalf("%s is gone\n%s\n---\n%s", comment, before, after)
			}
		}
		if json.Valid(before) && !json.Valid(after) {
			t.Fatalf("no JSON any more\n%s\n---\n%s", before, after)
		}
		again, err := plainClient.Merge(after, ours)
		if err != nil || !bytes.Equal(after, again) {
			t.Fatalf("the second time it changes: %v\n%s\n---\n%s", err, after, again)
		}
	})
}

func decode(t *rapid.T, text []byte) (object map[string]any) {
	standard, err := hujson.Standardize(bytes.Clone(text))
	if err == nil {
		err = json.Unmarshal(standard, &object)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return object
}

// file draws an object with some of what is merged, strangers, and any layout.
func file(t *rapid.T) string {
	w := writer{T: t, plain: rapid.Bool().Draw(t, "plain"), newline: rapid.SampledFrom([]string{"\n", "\r\n", ""}).Draw(t, "newline")}
	ours := w.object([]string{`"note"`, `"url"`, `"command"`, `"args"`, `"env"`}, func(name string) string {
		switch name {
		case `"command"`:
			return rapid.SampledFrom([]string{`"prog"`, `"other"`, "null"}).Draw(t, "command")
		case `"args"`:
			return rapid.SampledFrom([]string{`["run", "--fast"]`, `[]`, "[\"run\"\n]"}).Draw(t, "args")
		}
		return w.value()
	})
	servers := w.object([]string{`"theirs"`, `"ours"`}, func(name string) string {
		if name == `"ours"` {
			return ours
		}
		return w.value()
	})
	return w.gap() + w.object([]string{`"theme"`, `"servers"`, `"z"`}, func(name string) string {
		if name == `"servers"` {
			return servers
		}
		return w.value()
	}) + w.gap()
}

// writer writes JSON; plain says without comments and trailing commas.
type writer struct {
	*rapid.T
	plain    bool
	newline  string
	comments int
}

func (w *writer) value() string {
	return rapid.SampledFrom([]string{`"x"`, `5`, `null`, `[1, "]"]`, `{"a": "}"}`, `"// no comment"`}).Draw(w.T, "value")
}

// gap is what may stand between two tokens.
func (w *writer) gap() string {
	kinds := []string{"", " ", w.newline + "  "}
	if !w.plain {
		w.comments++
		c := "c" + strconv.Itoa(w.comments) + ";"
		kinds = append(kinds, " // "+c+"\n", " /* "+c+" */ ")
	}
	return rapid.SampledFrom(kinds).Draw(w.T, "gap")
}

// object has some of the names, in their order.
func (w *writer) object(names []string, value func(name string) string) string {
	text, separator := "{", ""
	for _, name := range names {
		if !rapid.Bool().Draw(w.T, name) {
			continue
		}
		text += separator + w.gap() + name + ":" + w.gap() + value(name) + w.gap()
		separator = ","
	}
	if separator != "" && !w.plain && rapid.Bool().Draw(w.T, "comma") {
		text += "," + w.gap()
	}
	return text + w.gap() + "}"
}
