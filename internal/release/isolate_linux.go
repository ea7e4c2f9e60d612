package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// isolates says whether isolate can be used: root alone may do what it does.
func isolates() bool { return os.Getuid() == 0 }

// isolate has command run with root as its file system, as user, which is
// NUMBER:NUMBER.
func isolate(command *exec.Cmd, root, user string) error {
	as := &syscall.Credential{}
	if _, err := fmt.Sscanf(user, "%d:%d", &as.Uid, &as.Gid); err != nil {
		return fmt.Errorf("the image's user is %q, and should be two numbers: %w", user, err)
	}
	command.Dir = "/"
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: as}
	return nil
}
