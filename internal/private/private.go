// Package private reads the operator's files: private ones, which hold secrets or
// permissions, and public ones such as certificates.
package private

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"syscall"
)

// Read reads a file of at most most bytes that no other user of this machine may
// read or change. A byte order mark is left out: editors on Windows write one. The
// error names the file, but nothing of its content.
func Read(path string, most int64) ([]byte, error) {
	content, err := read(path, most, Check)
	return bytes.TrimPrefix(content, []byte("\ufeff")), err
}

// ReadOwn is Read for a file that this program itself has written: a link in its place
// is refused, since somebody else put it there.
func ReadOwn(path string, most int64) ([]byte, error) {
	return read(path, most, func(file *os.File) error {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if opened, err := file.Stat(); err != nil || !os.SameFile(info, opened) {
			return fmt.Errorf("%s is a link, which is refused: remove it", path)
		}
		return check(file, 0o077, "go=")
	})
}

// unfinished is the end of the name of a file that is not complete yet. Nobody else uses
// it.
const unfinished = ".posthog-mcp-new"

// Write replaces a file by one with the permissions mode, which only its owner can read
// until it is complete. A link in its place is replaced, too, and not followed. Callers
// see to it that there is one at a time: it takes away what an interrupted one left
// behind.
func Write(path string, content []byte, mode fs.FileMode) error {
	next := path + unfinished
	_ = os.Remove(next)
	file, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err == nil {
		err = os.Rename(next, path)
	}
	if err != nil {
		_ = os.Remove(next)
	}
	return err
}

// Remove removes a file of [Write], and what an interrupted one left behind.
func Remove(path string) error {
	_ = os.Remove(path + unfinished)
	return os.Remove(path)
}

// ReadPublic reads a regular file of at most most bytes, with any permissions.
func ReadPublic(path string, most int64) ([]byte, error) {
	return read(path, most, func(file *os.File) error { return check(file, 0, "") })
}

// Check refuses an open file that other users of this machine may read or change, or
// that is not a regular file. The group may read, since Kubernetes gives secrets to a
// process that is not root in that way.
func Check(file *os.File) error { return check(file, 0o037, "g-wx,o=") }

// check refuses a file with unwanted permissions, which change takes away.
func check(file *os.File, unwanted fs.FileMode, change string) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory", file.Name())
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", file.Name())
	case info.Mode()&unwanted != 0 && runtime.GOOS != "windows": // Go derives the bits from the read-only attribute there
		return fmt.Errorf("other users of this machine may use %s; take the permission away: chmod %s %[1]q", file.Name(), change)
	}
	return nil
}

func read(path string, most int64, verify func(*os.File) error) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe would wait for its writer
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := verify(file); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(content)) > most {
		return nil, fmt.Errorf("%s is longer than %d bytes", path, most)
	}
	return content, nil
}
