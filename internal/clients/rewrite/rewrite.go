// Package rewrite changes a person's file without ever leaving half of it: the
// new content takes the old one's place at once, and the old one is kept.
package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/lockedfile"

	"posthog-mcp/internal/private"
)

// longest is more bytes than any configuration has.
const longest = 8 << 20

// A Change is what became of a file.
type Change struct {
	Before, After []byte
	Backup        string // the path of the copy of the file as it was; empty for none
}

// Changed says whether the file was written.
func (c Change) Changed() bool { return !bytes.Equal(c.Before, c.After) }

// File replaces the content of the file at path by the result of edit. A missing file is
// empty for edit, and is made with its folders. A link stays a link: its target changes.
// The permissions stay. If edit changes nothing, nothing is written. Calls of several
// processes follow one another. If another program writes the file meanwhile, File leaves
// it alone and returns an error.
func File(path string, edit func([]byte) ([]byte, error)) (Change, error) {
	target, err := follow(path)
	if err != nil {
		return Change{}, err
	}
	defer lock(target)()
	before, err := read(target)
	if err != nil {
		return Change{}, err
	}
	after, err := edit(before)
	change := Change{Before: before, After: after}
	if err != nil || !change.Changed() {
		return change, err
	}
	mode := fs.FileMode(0o600) // a new file may hold a key later
	if info, missing := os.Stat(target); missing == nil {
		mode = info.Mode().Perm()
		if change.Backup, err = backup(path, before, mode); err != nil {
			return Change{}, fmt.Errorf("keep a copy: %w", err)
		}
	}
	now, err := read(target)
	switch {
	case err != nil:
	case !bytes.Equal(now, before):
		err = fmt.Errorf("another program has changed %s just now; run this again", path)
	default:
		err = private.Write(target, after, mode)
	}
	if err != nil && change.Backup != "" {
		_ = os.Remove(change.Backup)
	}
	return change, err
}

// follow is the file to which links lead. It makes the folders of one that is not there.
func follow(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return target, err
	}
	if _, err := os.Lstat(path); err == nil {
		return "", fmt.Errorf("%s is a link to a file that is not there", path)
	}
	return path, os.MkdirAll(filepath.Dir(path), 0o700)
}

// lock keeps other processes of this program from changing the file at path, until
// unlock. Where no lock file can be made, nothing else can be written either.
func lock(path string) (unlock func()) {
	name := path + ".lock"
	for {
		file, err := lockedfile.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return func() {}
		}
		held, errHeld := file.Stat()
		there, errThere := os.Stat(name)
		if errHeld == nil && errThere == nil && os.SameFile(held, there) {
			return func() { _, _ = os.Remove(name), file.Close() }
		}
		_ = file.Close() // another process has removed it when it was done
	}
}

// read is the content of a file, nothing without one.
func read(path string) ([]byte, error) {
	content, err := private.ReadPublic(path, longest)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// backup keeps the content beside the file, under a name that is free.
func backup(path string, content []byte, mode fs.FileMode) (string, error) {
	name := path + ".bak"
	for n := 2; ; n++ {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		switch {
		case errors.Is(err, fs.ErrExist):
			name = fmt.Sprint(path, ".bak", n)
			continue
		case err != nil:
			return "", err
		}
		_, err = file.Write(content)
		if err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
			_ = os.Remove(name)
		}
		return name, err
	}
}
