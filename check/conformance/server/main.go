// Command server puts the fixtures of the official MCP conformance suite behind
// the product's HTTP stack: the same routes, guard and Streamable HTTP, over
// tools, resources and prompts whose names and answers the suite prescribes.
//
// It listens on a free loopback port, prints the address of its MCP endpoint as
// one line on stdout, and serves until it is told to end.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/web"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := serve(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(ctx context.Context) error {
	// Like the product it advertises no logging, no subscriptions and no lists
	// that change.
	s := server.NewMCPServer("posthog-mcp-conformance", "1.0.0", server.WithToolCapabilities(false),
		server.WithResourceCapabilities(false, false), server.WithPromptCapabilities(false), server.WithCompletions())
	addTools(s)
	addDialogues(s)
	addResources(s)
	addPrompts(s)
	stack, err := web.New(web.Options{
		MCP:    s,
		Guard:  guard.Options{Auth: guard.NoAuth}, // the suite cannot send a token
		Drain:  time.Second,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s/mcp\n", listener.Addr())
	return stack.Serve(ctx, listener)
}
