package demo

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"pgregory.net/rapid"

	"posthog-mcp/internal/sandbox"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{nil, "–"},
		{"", ""},
		{"Zürich 🦔", "Zürich 🦔"},
		{json.Number("9007199254740993"), "9007199254740993"},
		{true, "true"},
		{[]any{json.Number("1"), "a"}, `[1,"a"]`},
		{"\x1b]0;owned\x07", "·]0;owned·"},
		{"C1 \u009b31m", "C1 ·31m"},
		{"right to left \u202e", "right to left ·"},
		{"two\nlines\ttab", "two·lines·tab"},
	} {
		if got := plain(c.value); got != c.want {
			t.Errorf("plain(%q) = %q, want %q", c.value, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"1234567890", []string{"1234567890"}},
		{"one two three", []string{"one two", "three"}},
		{"a@x,b@x,c@x,", []string{"a@x,b@x,", "c@x,"}},
		{"oneverylongword", []string{"oneverylon", "gword"}},
		{"ääääääääääää", []string{"ääääääääää", "ää"}},
	} {
		if diff := cmp.Diff(c.want, wrap(c.text, 10)); diff != "" {
			t.Errorf("wrap(%q):\n%s", c.text, diff)
		}
	}
}

func TestWrapKeepsTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zäöü日, ]{0,200}`).Draw(t, "text")
		width := rapid.IntRange(1, 50).Draw(t, "width")
		lines := wrap(text, width)
		for _, line := range lines {
			if utf8.RuneCountInString(line) > width {
				t.Fatalf("%q has more than %d runes", line, width)
			}
		}
		if got, want := squeeze(strings.Join(lines, "")), squeeze(text); got != want {
			t.Fatalf("wrapped %q, want %q", got, want)
		}
	})
}

func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }

func TestCellHasItsWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		got := cell(rapid.String().Draw(t, "value"), 12)
		if n := utf8.RuneCountInString(got); n != 12 || !strings.HasSuffix(got, " ") {
			t.Fatalf("%q has %d runes, want 12, the last one blank", got, n)
		}
	})
}

func TestGrouped(t *testing.T) {
	var tools []mcp.Tool
	for _, name := range []string{"alone-here", "a-b-list", "a-b-get-all", "c-list", "c-list-all"} {
		tools = append(tools, mcp.Tool{Name: name})
	}
	want := []group{
		{"", []string{"alone-here"}},
		{"a-b-", []string{"list", "get-all"}},
		{"c-", []string{"list", "list-all"}},
	}
	if diff := cmp.Diff(want, grouped(tools), cmp.AllowUnexported(group{})); diff != "" {
		t.Error(diff)
	}
}

// everything shows one of each, with text as hostile as PostHog may send it.
func everything(s *screen) error {
	hostile := strings.Repeat("\x1b[2J\u202e日本,long and longer ", 20)
	row := map[string]any{"id": json.Number("9007199254740993"), "title": hostile, "schedule": hostile, "state": hostile}
	s.opening(&mcp.InitializeResult{ProtocolVersion: "2025-11-25"})
	s.tools([]mcp.Tool{{Name: "users-list"}, {Name: "users-" + strings.Repeat("retrieve-", 20)}})
	s.asked(step{asked: "List them.", tool: "users-list", arguments: []argument{{"search", hostile}, {"limit", 1}}})
	s.listed(map[string]any{"count": json.Number("1"), "results": []any{row}})
	s.refused(hostile + "\n" + hostile)
	s.outbox([]sandbox.Message{{Kind: "email", To: hostile, Subject: hostile, Trigger: "manual"}})
	s.closing(time.Second)
	return s.answered(row, []string{"id", "title"})
}

func TestScreenFitsAndIsSafe(t *testing.T) {
	var out strings.Builder
	if err := everything(&screen{out: &out}); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if n := utf8.RuneCountInString(line); n > screenWidth {
			t.Errorf("%d columns: %q", n, line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("not safe for a terminal: %q", line)
		}
	}
}

func TestScreenColorsAlone(t *testing.T) {
	var plainly, colored strings.Builder
	if err := errors.Join(everything(&screen{out: &plainly}), everything(&screen{out: &colored, color: true})); err != nil {
		t.Fatal(err)
	}
	stripped := colored.String()
	for _, c := range []color{bold, dim, red, green, yellow, cyan} {
		stripped = strings.ReplaceAll(stripped, "\x1b["+string(c)+"m", "")
	}
	stripped = strings.ReplaceAll(stripped, "\x1b[0m", "")
	if stripped == colored.String() {
		t.Error("no colours")
	}
	if diff := cmp.Diff(lines(plainly.String()), lines(stripped)); diff != "" {
		t.Error(diff)
	}
}

// lines ignores the blanks at their ends, which are coloured or cut.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		out = append(out, strings.TrimRight(line, " \n"))
	}
	return out
}

func TestAnsweredMissesNothing(t *testing.T) {
	var out strings.Builder
	if err := (&screen{out: &out}).answered(map[string]any{"id": 1}, []string{"id", "title"}); err == nil {
		t.Error("an answer without a member that the script shows is taken")
	}
}

type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestScreenKeepsTheError(t *testing.T) {
	s := &screen{out: full{}}
	if err := everything(s); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(s.err, errFull) {
		t.Errorf("got the error %v, want %v", s.err, errFull)
	}
}
