package main

import (
	"fmt"
	"runtime"

	"posthog-mcp/internal/build"
)

type versionCmd struct{}

// Run prints one line.
func (versionCmd) Run(tty console) error {
	_, err := fmt.Fprintf(tty.out, "posthog-mcp %s (%s %s/%s)\n", build.Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
