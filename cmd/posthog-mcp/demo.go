package main

import (
	"context"
	"fmt"
	"os"

	"posthog-mcp/internal/cli"
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
	screen := &cli.Screen{Out: tty.out, Columns: cli.Usual, Color: takesColor(tty.out)}
	return demo.Run(ctx, binary, c.Generation, screen)
}
