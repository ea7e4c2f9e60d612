package licenses

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddTakesTermsAndNamesAlone(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"LICENSE": "terms\n", "NOTICE.txt": "names", "licence-mit": "more terms", "licenses.go": "package x", "README.md": "words",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := add(&out, "example.org/x v1.0.0", folder); err != nil {
		t.Fatal(err)
	}
	want := "==== example.org/x v1.0.0: LICENSE ====\n\nterms\n\n" +
		"==== example.org/x v1.0.0: NOTICE.txt ====\n\nnames\n\n" +
		"==== example.org/x v1.0.0: licence-mit ====\n\nmore terms\n\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestAModuleWithoutALicenceIsAnError(t *testing.T) {
	var out bytes.Buffer
	if err := add(&out, "example.org/x v1.0.0", t.TempDir()); err == nil || !strings.Contains(err.Error(), "example.org/x v1.0.0") {
		t.Error(err)
	}
}

func TestCollectHasEveryModuleOfTheProgram(t *testing.T) {
	program := &debug.BuildInfo{GoVersion: "go1.26.0", Deps: []*debug.Module{{Path: "github.com/google/go-cmp"}}}
	text, err := Collect(t.Context(), "../../..", program)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"==== Go go1.26.0: LICENSE ====", "The Go Authors", "==== github.com/google/go-cmp v"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing", want)
		}
	}
}
