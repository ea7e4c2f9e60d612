package main

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/release/archive"
	"posthog-mcp/internal/release/compile"
	"posthog-mcp/internal/release/oci"
)

func TestParse(t *testing.T) {
	out := t.TempDir()
	if err := os.WriteFile(filepath.Join(out, "old"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := parse([]string{"dist", "-out", out, "-version", "v1.2.3+5", "-epoch", "1700000000", "-ldflags", "-s -w"})
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2023, 11, 14, 22, 13, 20, 0, time.UTC); !r.when.Equal(want) {
		t.Errorf("when is %v, want %v", r.when, want)
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) > 0 {
		t.Errorf("what was made before is still there: %v, %v", entries, err)
	}
	if got := r.reference(); got != "posthog-mcp:v1.2.3-5" {
		t.Errorf("the image is %s", got)
	}
	if got := r.archive(compile.Target{OS: "linux", Arch: "arm64"}); got != "posthog-mcp_v1.2.3+5_linux_arm64.image.tar" {
		t.Errorf("the archive is %s", got)
	}
}

func TestWithoutADateFilesAreOfTheEarliest(t *testing.T) {
	r, err := parse([]string{"mcpb", "-out", t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if !r.when.Equal(archive.Earliest()) {
		t.Error(r.when)
	}
}

func TestSumsAreThoseOfSha256sum(t *testing.T) {
	folder := t.TempDir()
	files := []archive.File{
		{Name: "b.zip", Mode: 0o644, Content: []byte("abc")}, {Name: "a.tar.gz", Mode: 0o644}, {Name: "inside/c", Mode: 0o644},
	}
	if err := place(folder, files); err != nil {
		t.Fatal(err)
	}
	if err := sums(folder); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(folder, "SHA256SUMS"))
	if err != nil {
		t.Fatal(err)
	}
	// FIPS 180-4 gives these as examples.
	want := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  a.tar.gz\n" +
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  b.zip\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestAnImageHoldsItsFilesAndTheirFolders(t *testing.T) {
	i := oci.Image{Layers: [][]archive.File{{{Name: "usr/bin/program", Mode: 0o755}}, {{Name: "usr/data", Mode: 0o644}}}}
	want := map[string]fs.FileMode{
		"usr": fs.ModeDir | 0o755, "usr/bin": fs.ModeDir | 0o755, "usr/bin/program": 0o755, "usr/data": 0o644,
	}
	if diff := cmp.Diff(want, holds(i)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackRefuses(t *testing.T) {
	for name, header := range map[string]tar.Header{
		"another owner":      {Name: "usr/bin/program", Uid: 1000, Mode: 0o755},
		"another group":      {Name: "usr/bin/program", Gid: 1000, Mode: 0o755},
		"a way out":          {Name: "../program", Mode: 0o755},
		"a path of the host": {Name: "/etc/passwd", Mode: 0o755},
		"a link":             {Name: "program", Typeflag: tar.TypeSymlink, Linkname: "/bin/sh", Mode: 0o777},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			w := tar.NewWriter(&out)
			if err := w.WriteHeader(&header); err != nil {
				t.Fatal(err)
			}
			if _, err := unpack(&out, t.TempDir()); err == nil {
				t.Error("it is unpacked")
			}
		})
	}
}

func TestWhatIsToBeMade(t *testing.T) {
	for _, args := range [][]string{nil, {"rpm"}, {"roots", "more"}} {
		if err := run(t.Context(), args); err == nil || !strings.Contains(err.Error(), "what is to be made") {
			t.Errorf("%q: %v", args, err)
		}
	}
}
