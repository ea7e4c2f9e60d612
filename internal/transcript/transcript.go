// Package transcript replays conversations from files that anyone can read and
// extend. Only tests import it.
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

var update = flag.Bool("update", false, "write the actual answers into the transcripts and golden files")

// Updating reports whether the files are to be written. The test must be called
// TestGolden…: make golden runs only those, which no other test can hinder.
func Updating(t *testing.T) bool {
	t.Helper()
	if !strings.HasPrefix(t.Name(), "TestGolden") {
		t.Fatalf("%s compares with a file that make golden writes: call it TestGolden…", t.Name())
	}
	return *update
}

// Replay replays the conversation of each file in testdata. hold gets a file's
// sections and replaces the expected answers by the actual ones; the test fails if
// they differ. With -update the file is written instead.
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
