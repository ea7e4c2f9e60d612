// Package private reads files that hold a secret, or decide who may do what.
package private

import (
	"fmt"
	"io"
	"os"
	"runtime"
)

// open are the bits that a private file must not have: its group's to change
// it, and everything of others'. The group may read: that is how Kubernetes
// hands a secret to a process that is not root. Windows has no such bits; Go
// makes them up from the read-only attribute.
const open = 0o037

// Read reads a file of at most most bytes that no other user of this machine
// may read or change. The error names the file, and nothing that is in it.
func Read(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := Check(file); err != nil {
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

// Check refuses an open file that other users of this machine may read or change,
// and what is a directory.
func Check(file *os.File) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory", file.Name())
	case info.Mode().Perm()&open != 0 && runtime.GOOS != "windows":
		return fmt.Errorf("other users of this machine may use %s; take that from them: chmod g-wx,o= %[1]q", file.Name())
	}
	return nil
}
