package main

import (
	"context"
	"fmt"
	"os"

	"posthog-mcp/internal/demo"
	"posthog-mcp/internal/sandbox"
)

type demoCmd struct {
	Generation sandbox.Generation `enum:"page,today" default:"today" help:"Show it on PostHog as of its documentation page (page), or of today."`
}

// Run holds the conversation with this very binary.
func (c demoCmd) Run(ctx context.Context, tty console) error {
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	return demo.Run(ctx, demo.Options{Binary: binary, Generation: c.Generation, Out: tty.out, Color: takesColor(tty.out)})
}
