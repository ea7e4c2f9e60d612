package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// more is an edit that adds a line.
func more(content []byte) ([]byte, error) { return append(bytes.Clone(content), "more\n"...), nil }

// tree is what a folder holds: contents by path, links as -> target.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			found[name] = "-> " + target
			return err
		}
		content, err := os.ReadFile(path)
		found[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func write(t *testing.T, path, content string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, root string, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, tree(t, root)); diff != "" {
		t.Error(diff)
	}
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestNewFile(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a", "b", "mcp.json")
	change, err := File(path, more)
	if err != nil || change.Backup != "" || !change.Changed() {
		t.Fatalf("%+v, %v", change, err)
	}
	expect(t, root, map[string]string{"a/b/mcp.json": "more\n"})
	if runtime.GOOS != "windows" && (mode(t, path) != 0o600 || mode(t, filepath.Join(root, "a")) != 0o700) {
		t.Errorf("others may use %s", path)
	}
}

// TestBackups writes three times: every backup stays.
func TestBackups(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "mcp.json")
	write(t, path, "one\n", 0o640)
	write(t, path+".bak", "older\n", 0o600)
	for _, want := range []string{path + ".bak2", path + ".bak3"} {
		change, err := File(path, more)
		if err != nil || change.Backup != want {
			t.Fatalf("backup %s, %v; want %s", change.Backup, err, want)
		}
	}
	expect(t, root, map[string]string{
		"mcp.json": "one\nmore\nmore\n", "mcp.json.bak": "older\n", "mcp.json.bak2": "one\n", "mcp.json.bak3": "one\nmore\n",
	})
	if runtime.GOOS != "windows" && (mode(t, path) != 0o640 || mode(t, path+".bak2") != 0o640) {
		t.Errorf("the permissions are %v, %v", mode(t, path), mode(t, path+".bak2"))
	}
}

func TestNothingToDo(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "mcp.json")
	write(t, path, "same\n", 0o400)
	before, _ := os.Stat(path)
	change, err := File(path, func(content []byte) ([]byte, error) { return content, nil })
	if err != nil || change.Changed() || change.Backup != "" {
		t.Fatalf("%+v, %v", change, err)
	}
	after, _ := os.Stat(path)
	if !os.SameFile(before, after) {
		t.Error("the file was written anew")
	}
	expect(t, root, map[string]string{"mcp.json": "same\n"})
}

func TestLink(t *testing.T) {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "dotfiles"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "dotfiles", "cursor.json"), "one\n", 0o644)
	path := filepath.Join(root, "mcp.json")
	if err := os.Symlink(filepath.Join("dotfiles", "cursor.json"), path); err != nil {
		t.Fatal(err)
	}
	if _, err := File(path, more); err != nil {
		t.Fatal(err)
	}
	expect(t, root, map[string]string{"dotfiles/cursor.json": "one\nmore\n", "mcp.json": "-> dotfiles/cursor.json", "mcp.json.bak": "one\n"})
}

// Writers at once follow one another: nobody's change is lost.
func TestWritersAtOnce(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "mcp.json")
	write(t, path, "", 0o600)
	const writers = 30
	var group sync.WaitGroup
	for n := range writers {
		group.Go(func() {
			_, err := File(path, func(content []byte) ([]byte, error) { return fmt.Appendf(bytes.Clone(content), "%d\n", n), nil })
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	lines := strings.Fields(tree(t, root)["mcp.json"])
	slices.Sort(lines)
	if len(slices.Compact(lines)) != writers {
		t.Errorf("%d of %d changes are there: %v", len(lines), writers, lines)
	}
	if _, err := os.Stat(path + ".lock"); err == nil {
		t.Error("the lock stays behind")
	}
}

// What another program writes during an edit is left alone.
func TestChangedMeanwhile(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "mcp.json")
	write(t, path, "one\n", 0o600)
	_, err := File(path, func(content []byte) ([]byte, error) {
		write(t, path, "two\n", 0o600)
		return more(content)
	})
	if err == nil || !strings.HasSuffix(err.Error(), "run this again") {
		t.Errorf("got %v", err)
	}
	expect(t, root, map[string]string{"mcp.json": "two\n"})
}

func TestRefused(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "mcp.json"), "one\n", 0o600)
	if err := os.Symlink("nowhere", filepath.Join(root, "dangling")); err != nil {
		t.Fatal(err)
	}
	large, err := os.Create(filepath.Join(root, "large"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(large.Truncate(longest+1), large.Close()); err != nil {
		t.Fatal(err)
	}
	refused := func([]byte) ([]byte, error) { return nil, errors.New("not JSON") }
	for _, c := range []struct {
		name, want string
		edit       func([]byte) ([]byte, error)
	}{
		{"mcp.json", "not JSON", refused},
		{"dangling", "is a link to a file that is not there", more},
		{".", "is a directory", more},
		{"large", "is longer than 8388608 bytes", more},
		{"mcp.json/below", "not a directory", more},
	} {
		_, err := File(filepath.Join(root, c.name), c.edit)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if err := os.Remove(large.Name()); err != nil {
		t.Fatal(err)
	}
	expect(t, root, map[string]string{"mcp.json": "one\n", "dangling": "-> nowhere"})
}
