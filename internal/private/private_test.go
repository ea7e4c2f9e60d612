package private_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"posthog-mcp/internal/private"
)

func TestRead(t *testing.T) {
	for _, c := range []struct {
		mode    os.FileMode
		content string
		want    string // a part of the error; empty: read
	}{
		{0o600, "abc", ""},
		{0o400, "", ""},
		{0o440, "abc", ""},
		{0o640, "abcd", ""},
		{0o600, "abcde", "is longer than 4 bytes"},
		{0o644, "abc", `chmod g-wx,o= "`},
		{0o604, "abc", "other users of this machine"},
		{0o602, "abc", "other users of this machine"},
		{0o660, "abc", "other users of this machine"},
		{0o666, "abc", "other users of this machine"},
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		got, err := private.Read(path, 4)
		switch {
		case c.want == "" && (err != nil || string(got) != c.content):
			t.Errorf("%o: %q, %v", c.mode, got, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%o: %v, want %q", c.mode, err, c.want)
		case err != nil && strings.Contains(err.Error(), "abc"):
			t.Errorf("%o: %v repeats what is in the file", c.mode, err)
		}
	}
}

// Editors and shells on Windows put a byte order mark before text, which is no part
// of it: a key with one would be none.
func TestReadWithoutByteOrderMark(t *testing.T) {
	for content, want := range map[string]string{
		"\ufeffabc": "abc", "\ufeff": "", "a\ufeffb": "a\ufeffb", "\xef\xbbabc": "\xef\xbbabc", "\ufeff\ufeffa": "\ufeffa",
	} {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := private.Read(path, 10); err != nil || string(got) != want {
			t.Errorf("%q: %q, %v, want %q", content, got, err, want)
		}
	}
}

// ReadPublic has a size limit too.
func TestReadPublic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("abcd"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := private.ReadPublic(path, 4); err != nil || string(got) != "abcd" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := private.ReadPublic(path, 3); err == nil || !strings.HasSuffix(err.Error(), "is longer than 3 bytes") {
		t.Errorf("a long file: %v", err)
	}
}

func TestReadWhatIsNoFile(t *testing.T) {
	if _, err := private.Read(t.TempDir(), 4); err == nil || !strings.HasSuffix(err.Error(), "is a directory") {
		t.Errorf("a directory: %v", err)
	}
	if _, err := private.Read(filepath.Join(t.TempDir(), "x"), 4); !os.IsNotExist(err) {
		t.Errorf("nothing: %v", err)
	}
}

// A file of one's own is not read through a link, and not written through one.
func TestOwnFile(t *testing.T) {
	folder := t.TempDir()
	own, other := filepath.Join(folder, "own"), filepath.Join(folder, "other")
	if err := os.WriteFile(other, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, own); err != nil {
		t.Skip(err) // Windows may not allow it
	}
	if _, err := private.ReadOwn(own, 10); err == nil || !strings.HasSuffix(err.Error(), "is a link, which is refused: remove it") {
		t.Errorf("a link: %v", err)
	}
	if err := private.Write(own, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	mine, err := private.ReadOwn(own, 10)
	theirs, _ := os.ReadFile(other)
	info, _ := os.Lstat(own)
	if err != nil || string(mine) != "mine" || string(theirs) != "theirs" || info.Mode() != 0o600 {
		t.Errorf("%q, %q, %v, %v", mine, theirs, info.Mode(), err)
	}
	if all, _ := os.ReadDir(folder); len(all) != 2 {
		t.Errorf("%v is left", all)
	}
	// Nobody else is to read it, the group neither.
	if err := os.Chmod(own, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := private.ReadOwn(own, 10); err == nil || !strings.Contains(err.Error(), `chmod go= "`) {
		t.Errorf("open to the group: %v", err)
	}
}

// What a killed process leaves behind may be a secret. It is neither read nor kept.
func TestInterruptedWrite(t *testing.T) {
	folder := t.TempDir()
	own := filepath.Join(folder, "own")
	leave := func() {
		if err := os.WriteFile(own+".posthog-mcp-new", []byte("half a sec"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	leave()
	if err := private.Write(own, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if mine, err := private.ReadOwn(own, 10); err != nil || string(mine) != "mine" {
		t.Errorf("%q, %v", mine, err)
	}
	leave()
	if err := private.Remove(own); err != nil {
		t.Fatal(err)
	}
	if all, _ := os.ReadDir(folder); len(all) != 0 {
		t.Errorf("%v is left", all)
	}
}
