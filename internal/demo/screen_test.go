package demo

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/tidwall/gjson"

	"posthog-mcp/internal/cli"
	"posthog-mcp/internal/sandbox"
)

func on(out io.Writer, color bool) *talk {
	return &talk{Screen: &cli.Screen{Out: out, Columns: cli.Usual, Color: color}, known: map[string]string{}}
}

// everything shows one of each, with text as hostile as PostHog may send it.
func everything(t *talk) error {
	hostile := strings.Repeat("\x1b[2J\u202e日本,long and longer ", 20)
	quoted, err := json.Marshal(hostile)
	if err != nil {
		return err
	}
	row := `{"id":9007199254740993,"title":` + string(quoted) + `,"schedule":` + string(quoted) + `,"state":` + string(quoted) + `}`
	t.opening(&mcp.InitializeResult{ProtocolVersion: "2025-11-25"}, []mcp.Tool{{Name: "users-list"}, {Name: "users-retrieve"}})
	t.say(hostile)
	t.closing([]sandbox.Message{{Kind: "email", To: hostile, Subject: hostile, Trigger: "manual"}})
	return errors.Join(
		t.answered(gjson.Parse(`{"count":1,"results":[`+row+`]}`), step{shown: []string{"count", "results"}, row: "results.0"}),
		t.answered(gjson.Parse(row), step{shown: []string{"id", "title"}}),
	)
}

func TestScreenFitsAndIsSafe(t *testing.T) {
	var out strings.Builder
	if err := everything(on(&out, false)); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if n := cli.Width(line); n > cli.Usual {
			t.Errorf("%d columns: %q", n, line)
		}
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("not safe for a terminal: %q", line)
		}
	}
}

func TestScreenColorsAlone(t *testing.T) {
	var plainly, colored strings.Builder
	if err := errors.Join(everything(on(&plainly, false)), everything(on(&colored, true))); err != nil {
		t.Fatal(err)
	}
	stripped := colored.String()
	for _, c := range []cli.Color{cli.Bold, cli.Dim, cli.Red, cli.Green, cli.Yellow, cli.Cyan} {
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
	if err := on(&out, false).answered(gjson.Parse(`{"id":1}`), step{shown: []string{"id", "title"}}); err == nil {
		t.Error("an answer without a member that the script shows is taken")
	}
}

type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestScreenKeepsTheError(t *testing.T) {
	s := on(full{}, false)
	if err := everything(s); err != nil {
		t.Fatal(err)
	}
	if !errors.Is(s.Err(), errFull) {
		t.Errorf("got the error %v, want %v", s.Err(), errFull)
	}
}
