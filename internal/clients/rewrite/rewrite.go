// Package rewrite changes a person's file without ever leaving half of it: the
// new content takes the old one's place at once, and the old one is kept.
package rewrite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// longest is more than any configuration, in bytes: what is longer is another
// file.
const longest = 8 << 20

// private is the mode of new files: a key may come to stand in them.
const (
	private       fs.FileMode = 0o600
	privateFolder fs.FileMode = 0o700
)

// A Change is what became of a file.
type Change struct {
	Before, After []byte
	// Backup is the path of the copy of the file as it was. Empty when there was
	// none, or when nothing changed.
	Backup string
}

// Changed says whether the file was written.
func (c Change) Changed() bool { return !bytes.Equal(c.Before, c.After) }

// File gives the content of the file at path to edit, and puts what comes back
// in its place. A file that is not there is empty to edit; it and its folders
// are made. A link stays a link: the file that it leads to is changed. The
// permissions stay. When edit changes nothing, nothing is written. Calls of
// several processes follow one another; what another program writes meanwhile is
// left alone, and is an error.
func File(path string, edit func([]byte) ([]byte, error)) (Change, error) {
	target, err := follow(path)
	if err != nil {
		return Change{}, err
	}
	if _, err := os.Stat(filepath.Dir(target)); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(target), privateFolder); err != nil {
			return Change{}, err
		}
	}
	defer lock(target)()
	before, mode, exists, err := read(target)
	if err != nil {
		return Change{}, err
	}
	after, err := edit(before)
	if err != nil {
		return Change{}, err
	}
	change := Change{Before: before, After: after}
	if !change.Changed() {
		return change, nil
	}
	if exists {
		if change.Backup, err = backup(path, before, mode); err != nil {
			return Change{}, fmt.Errorf("keep a copy: %w", err)
		}
	}
	if err := replace(target, before, after, mode); err != nil {
		if change.Backup != "" {
			_ = os.Remove(change.Backup)
		}
		return Change{}, err
	}
	return change, nil
}

// lock keeps other processes of this program from changing the file at path,
// until the function returned is called. Where no lock file can be made, nothing
// else can be written either.
func lock(path string) (unlock func()) {
	name := path + ".lock"
	for {
		file, err := lockedfile.OpenFile(name, os.O_CREATE|os.O_RDWR, private)
		if err != nil {
			return func() {}
		}
		held, errHeld := file.Stat()
		there, errThere := os.Stat(name)
		if errHeld == nil && errThere == nil && os.SameFile(held, there) {
			return func() { _, _ = os.Remove(name), file.Close() }
		}
		_ = file.Close() // who held it before has removed it
	}
}

// follow is the file that path leads to, through links.
func follow(path string) (string, error) {
	target, err := filepath.EvalSymlinks(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return target, err
	}
	if _, err := os.Lstat(path); err == nil {
		return "", fmt.Errorf("%s is a link to a file that is not there", path)
	}
	return path, nil
}

func read(path string) (content []byte, mode fs.FileMode, exists bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, private, false, nil
	}
	if err != nil {
		return nil, 0, false, err
	}
	if !info.Mode().IsRegular() || info.Size() > longest {
		return nil, 0, false, fmt.Errorf("%s is no configuration file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, 0, false, err
	}
	defer file.Close()
	content, err = io.ReadAll(io.LimitReader(file, longest))
	return content, info.Mode().Perm(), true, err
}

// backup keeps the content beside the file, under a name that is free.
func backup(path string, content []byte, mode fs.FileMode) (string, error) {
	for n := 1; ; n++ {
		name := path + ".bak"
		if n > 1 {
			name += strconv.Itoa(n)
		}
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		return name, fill(file, content, mode)
	}
}

// replace puts a new file in the place of the one at path, if that still has the
// content before.
func replace(path string, before, content []byte, mode fs.FileMode) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".posthog-mcp-*")
	if err != nil {
		return err
	}
	if err := fill(file, content, mode); err != nil {
		return err
	}
	now, _, _, err := read(path)
	if err == nil && !bytes.Equal(now, before) {
		err = fmt.Errorf("another program has changed %s just now; run this again", path)
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return err
	}
	return nil
}

// fill writes a new file to the disk, or removes it.
func fill(file *os.File, content []byte, mode fs.FileMode) error {
	_, err := file.Write(content)
	err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close())
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}
