package main

import (
	"os/exec"
	"syscall"
)

// dieTogether has the kernel kill the child when the thread that starts it ends,
// which in a program that locks no goroutine to a thread is when the program
// does, be it by SIGKILL.
func dieTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
