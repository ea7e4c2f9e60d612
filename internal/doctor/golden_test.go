package doctor_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/doctor"
	"posthog-mcp/internal/transcript"
)

// checkFile compares what was found with the file of that name.
func checkFile(t *testing.T, name, got string) {
	t.Helper()
	file := "testdata/" + name
	if transcript.Updating(t) {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
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
