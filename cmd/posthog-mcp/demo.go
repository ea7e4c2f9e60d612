package main

import (
	"context"
	"fmt"
	"os"

	"posthog-mcp/internal/demo"
)

type demoCmd struct{}

// Run holds the conversation with this very binary.
func (demoCmd) Run(ctx context.Context, tty console) error {
	binary, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	return demo.Run(ctx, demo.Options{Binary: binary, Out: tty.out, Color: takesColor(tty.out)})
}
