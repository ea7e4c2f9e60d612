package archive_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/internal/release/archive"
)

var when = time.Date(2026, 3, 4, 5, 6, 8, 0, time.UTC)

// entry is what a reader of an archive finds.
type entry struct {
	Name, Content string
	Mode          fs.FileMode
	Time          time.Time
}

func fromTar(t interface{ Fatal(...any) }, from io.Reader) []entry {
	var all []entry
	in := tar.NewReader(from)
	for {
		h, err := in.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" {
			t.Fatal("an owner:", h)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{h.Name, string(content), h.FileInfo().Mode(), h.ModTime.UTC()})
	}
}

func fromZip(t *testing.T, content []byte) []entry {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var all []entry
	for _, file := range in.File {
		from, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(from)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{file.Name, string(content), file.Mode(), file.Modified.UTC()})
	}
	return all
}

var files = []archive.File{
	{Name: "etc", Mode: fs.ModeDir | 0o755},
	{Name: "etc/program", Mode: 0o755, Content: []byte("run me")},
	{Name: "README.md", Mode: 0o644, Content: []byte("read me")},
}

func TestTarKeepsOrderModesAndTime(t *testing.T) {
	var out bytes.Buffer
	if err := archive.Gzip(&out, func(w io.Writer) error { return archive.Tar(w, when, files...) }); err != nil {
		t.Fatal(err)
	}
	plain, err := gzip.NewReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	want := []entry{
		{"etc/", "", fs.ModeDir | 0o755, when},
		{"etc/program", "run me", 0o755, when},
		{"README.md", "read me", 0o644, when},
	}
	if diff := cmp.Diff(want, fromTar(t, plain)); diff != "" {
		t.Error(diff)
	}
	if !plain.ModTime.IsZero() || plain.Name != "" {
		t.Errorf("gzip's header says %v %q", plain.ModTime, plain.Name)
	}
}

func TestZipKeepsModesAndLeavesFoldersOut(t *testing.T) {
	var out bytes.Buffer
	if err := archive.Zip(&out, when.In(time.FixedZone("elsewhere", 3600)), files...); err != nil {
		t.Fatal(err)
	}
	want := []entry{{"etc/program", "run me", 0o755, when}, {"README.md", "read me", 0o644, when}}
	if diff := cmp.Diff(want, fromZip(t, out.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func TestTheSameFilesGiveTheSameBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		name := rapid.StringMatching(`[a-z]{1,20}(/[a-z]{1,20}){0,3}`).Draw(t, "name")
		file := archive.File{Name: name, Mode: 0o644, Content: content}
		write := func() []byte {
			var out bytes.Buffer
			if err := archive.Tar(&out, when, file); err != nil {
				t.Fatal(err)
			}
			if err := archive.Zip(&out, when, file); err != nil {
				t.Fatal(err)
			}
			return out.Bytes()
		}
		first := write()
		if !bytes.Equal(first, write()) {
			t.Fatal("two archives differ")
		}
		if got := fromTar(t, bytes.NewReader(first)); len(got) != 1 || got[0].Name != name || got[0].Content != string(content) {
			t.Fatalf("read %v", got)
		}
	})
}
