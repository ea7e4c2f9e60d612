// Package transcript keeps conversations on the wire as files that anyone can
// read and extend, and holds them again. Only tests import it.
package transcript

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write what is answered into the transcripts and golden files")

// Updating tells whether the files are to be written anew. The test t must be
// called TestGolden…: make golden runs those and no others, so that a test which
// fails for another reason does not keep a file from being written.
func Updating(t *testing.T) bool {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestGolden") {
		t.Fatalf("%s compares with a file that make golden writes: call it TestGolden…", t.Name())
	}
	return *update
}

// Replay holds the conversation of each file in testdata. hold gets a file's
// sections and puts what was really answered in the place of what was expected;
// the test fails where they differ. With -update the file is written instead.
func Replay(t *testing.T, hold func(*testing.T, *txtar.Archive)) {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := string(txtar.Format(archive))
			hold(t, archive)
			got := string(txtar.Format(archive))
			if Updating(t) {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}
