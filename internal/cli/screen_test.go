package cli

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"Zürich 🦔":                               "Zürich 🦔",
		"\x1b]0;owned\x07":                       "·]0;owned·",
		"C1 \u009b31m":                           "C1 ·31m",
		"right to left \u202e":                   "right to left ·",
		"two\nlines\ta\u00a0b\u3000":             "two lines a b ",
		"👩\u200d💻 ❤\ufe0f":                       "👩💻 ❤",
		"a\u0301\u0301\u0301\u0301\u0301b\u0301": "a\u0301\u0301\u0301b\u0301",
		"bad \xff":                               "bad \ufffd",
	} {
		if got := Plain(text); got != want {
			t.Errorf("Plain(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"":                   0,
		"Zürich":             6,
		"Z\u0075\u0308":      2,
		"日本":                 4,
		"ｆｕｌｌ":               8,
		"🦔":                  2,
		"한글":                 4,
		"\u1112\u1161\u11ab": 2, // 한, by its parts
		"…–·→":               4,
	} {
		if got := Width(text); got != want {
			t.Errorf("Width(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"1234567890", 10, "1234567890"},
		{"12345678901", 10, "123456789…"},
		{"one two three", 9, "one two…"},
		{"日本語", 5, "日本…"},
		{"日本語", 4, "日…"},
		{"日本語", 1, "…"},
	} {
		if got := Cut(c.text, c.columns); got != c.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", []string{""}},
		{"1234567890", []string{"1234567890"}},
		{"one two three", []string{"one two", "three"}},
		{"a@x,b@x,c@x,", []string{"a@x,b@x,", "c@x,"}},
		{"one two, three", []string{"one two,", "three"}},
		{"longerthanten, a", []string{"longerthanten,", "a"}},
		{"see https://eu.posthog.com now", []string{"see", "https://eu.posthog.com", "now"}},
		{"one\n\ntwo\n", []string{"one", "", "two"}},
		{"日本語日 本", []string{"日本語日", "本"}},
		{"a \x1b[2J", []string{"a ·[2J"}},
	} {
		if diff := cmp.Diff(c.want, Fold(c.text, 10)); diff != "" {
			t.Errorf("Fold(%q):\n%s", c.text, diff)
		}
	}
}

func TestFoldKeepsTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-zäöü日]{1,12}[, ]){0,40}`).Draw(t, "text")
		columns := rapid.IntRange(30, 60).Draw(t, "columns")
		lines := Fold(text, columns)
		for _, line := range lines {
			if Width(line) > columns {
				t.Fatalf("%q has more than %d columns", line, columns)
			}
		}
		if got, want := squeeze(strings.Join(lines, "")), squeeze(text); got != want {
			t.Fatalf("folded %q, want %q", got, want)
		}
	})
}

func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }

func show(columns int, table []Column) string {
	var out strings.Builder
	(&Screen{Out: &out, Columns: columns}).Table(0, table)
	return out.String()
}

func TestTable(t *testing.T) {
	table := []Column{
		{Name: "id", Cells: []string{"7", "1134"}},
		{Name: "title", Cells: []string{"日本のダッシュボード", "A title of some length"}},
		{Name: "slack", Cells: []string{"", "#leadership"}},
		{Name: "state", Cells: []string{"active", "ended"}},
	}
	for _, c := range []struct {
		columns int
		want    string
	}{
		{80, `
id    title                   slack        state
7     日本のダッシュボード                 active
1134  A title of some length  #leadership  ended

`},
		{44, `
id    title              slack        state
7     日本のダッシュボ…               active
1134  A title of some…   #leadership  ended

`},
		{35, `
id    title             slack
7     日本のダッシュ…
1134  A title of some…  #leadership

No room here for state; --json has
everything.

`},
	} {
		got := show(c.columns, table)
		if diff := cmp.Diff(c.want, "\n"+got); diff != "" {
			t.Errorf("%d columns:\n%s", c.columns, diff)
		}
	}
}

func TestTableFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(0, 4).Draw(t, "rows")
		table := make([]Column, rapid.IntRange(0, 12).Draw(t, "columns"))
		for i := range table {
			table[i] = Column{Name: rapid.StringMatching(`[a-z_]{1,25}`).Draw(t, "name")}
			for range rows {
				table[i].Cells = append(table[i].Cells, Plain(rapid.String().Draw(t, "cell")))
			}
		}
		width := rapid.IntRange(narrowest, 120).Draw(t, "width")
		got := show(width, table)
		for line := range strings.Lines(got) {
			line = strings.TrimSuffix(line, "\n")
			if Width(line) > width {
				t.Fatalf("%d columns, want at most %d: %q", Width(line), width, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("not safe for a terminal: %q", line)
			}
		}
	})
}

func TestPaint(t *testing.T) {
	for _, c := range []struct {
		on         bool
		color      Color
		text, want string
	}{
		{true, Bold, "x", "\x1b[1mx\x1b[0m"},
		{false, Bold, "x", "x"},
		{true, "", "x", "x"},
		{true, Bold, "  ", "  "},
	} {
		if got := (&Screen{Color: c.on}).Paint(c.color, c.text); got != c.want {
			t.Errorf("Paint(%q, %q) = %q, want %q", c.color, c.text, got, c.want)
		}
	}
}

type full struct{}

var errFull = errors.New("disk full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestScreenKeepsTheError(t *testing.T) {
	s := &Screen{Out: full{}, Columns: Usual}
	s.Text(0, Dim, "a")
	s.Beside("name", 6, "value")
	if !errors.Is(s.Err(), errFull) {
		t.Errorf("got the error %v, want %v", s.Err(), errFull)
	}
}

func TestColumns(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got := Columns(file); got != Usual {
		t.Errorf("no terminal: %d columns, want %d", got, Usual)
	}
	if got := Columns(&strings.Builder{}); got != Usual {
		t.Errorf("no file: %d columns, want %d", got, Usual)
	}
}

func TestWait(t *testing.T) {
	for _, c := range []struct {
		took time.Duration
		want string
	}{
		{999 * time.Millisecond, ""},
		{1100 * time.Millisecond, "Waiting…\r\x1b[K"},
		{2100 * time.Millisecond, "Waiting…\r\x1b[K"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out strings.Builder
			stop := Wait(&out, "Waiting")
			time.Sleep(c.took) // of the bubble's clock, which nobody waits for
			stop()
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Errorf("after %v:\n%s", c.took, diff)
			}
		})
	}
}
