package doctor_test

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"posthog-mcp/internal/doctor"
	"posthog-mcp/internal/transcript"
)

// checkGolden compares what is printed with the file of that name.
func checkGolden(t *testing.T, name string, report *doctor.Report, hosts ...*url.URL) {
	t.Helper()
	text, object := printed(t, report)
	checkWidth(t, text)
	if strings.Contains(text+object, "CANARY") {
		t.Errorf("a secret is printed: %s%s", text, object)
	}
	got := txtar.Format(&txtar.Archive{Files: []txtar.File{
		{Name: "text", Data: []byte(at(text, hosts...))},
		{Name: "json", Data: []byte(at(object, hosts...))},
	}})
	file := "testdata/" + name + ".txtar"
	if transcript.Updating() {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func printed(t *testing.T, report *doctor.Report) (text, object string) {
	t.Helper()
	var out, indented bytes.Buffer
	if err := report.Print(&out, false); err != nil {
		t.Fatal(err)
	}
	encoder := json.NewEncoder(&indented)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(report); err != nil {
		t.Fatal(err)
	}
	return out.String(), indented.String()
}

// checkWidth holds that a line fits into 80 columns, unless a word of it does not
// beside the columns before it: an address to be copied stays whole.
func checkWidth(t *testing.T, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if utf8.RuneCountInString(line) > 80 && !slices.ContainsFunc(strings.Fields(line), tooWide) {
			t.Errorf("a line is longer than 80 columns: %q", line)
		}
		if strings.TrimRight(line, " ") != line {
			t.Errorf("a line ends in a blank: %q", line)
		}
	}
}

func tooWide(word string) bool { return utf8.RuneCountInString(word) > 60 }
