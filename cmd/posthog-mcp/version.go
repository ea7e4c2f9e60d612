package main

import (
	"fmt"
	"runtime"

	"posthog-mcp/internal/build"
)

type versionCmd struct{}

// Run prints one line.
func (versionCmd) Run(tty console) error {
	_, err := fmt.Fprintln(tty.out, versionLine())
	return err
}

func versionLine() string {
	return fmt.Sprintf("posthog-mcp %s (%s %s/%s)", build.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
