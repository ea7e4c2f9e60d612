//go:build unix

package pollable

import (
	"io"
	"os"
	"syscall"
)

// reopen makes a second file of the same pipe: the runtime looks at a
// descriptor's mode only when it makes a file of it.
func reopen(file *os.File) (io.Reader, func(), bool) {
	raw, err := file.SyscallConn()
	if err != nil {
		return file, func() {}, false
	}
	var own *os.File
	_ = raw.Control(func(fd uintptr) { own = second(int(fd), file.Name()) }) // closed: own stays nil
	if own == nil {
		return file, func() {}, false
	}
	return own, func() {
		_ = own.Close() // ends a read
		_ = raw.Control(func(fd uintptr) { _ = syscall.SetNonblock(int(fd), false) })
	}, true
}

// second is nil where there can be none.
func second(fd int, name string) *os.File {
	copied, err := syscall.Dup(fd)
	if err != nil {
		return nil
	}
	syscall.CloseOnExec(copied)
	if syscall.SetNonblock(copied, true) != nil {
		_ = syscall.Close(copied)
		return nil
	}
	return os.NewFile(uintptr(copied), name)
}
