//go:build !linux

package main

import (
	"errors"
	"os/exec"
)

// isolates is false: what isolate does is Linux's.
func isolates() bool { return false }

func isolate(*exec.Cmd, string, string) error { return errors.ErrUnsupported }
