// Package demo is a scripted conversation that shows the main job: an MCP
// client starts posthog-mcp over stdio, against the sandbox, and manages a
// subscription from a person's first sentence to its end.
package demo

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox"
)

// longest is how long the conversation may take: it takes half a second, and
// who watches is not left waiting for a program that does not answer.
const longest = 20 * time.Second

// Options are where the demo runs.
type Options struct {
	// Binary is the posthog-mcp to talk to.
	Binary string
	// Out gets lines of at most 80 columns.
	Out   io.Writer
	Color bool
}

// Run holds the conversation. It fails when an answer is not what the script
// expects.
func Run(ctx context.Context, o Options) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	world := sandbox.New()
	if err := shareWithPassword(ctx, world); err != nil {
		return fmt.Errorf("share the recording: %w", err)
	}
	host, stop, err := serve(ctx, world)
	if err != nil {
		return err
	}
	defer stop()
	talk, err := connect(ctx, o.Binary, host)
	if err != nil {
		return err
	}
	defer talk.close()
	show := &screen{out: o.Out, color: o.Color}
	show.opening(talk.server)
	if err := play(ctx, talk, show); err != nil {
		return err
	}
	show.outbox(world.Outbox())
	show.closing(time.Since(begin))
	return show.err
}

// serve runs the sandbox on loopback, where the binary finds it.
func serve(ctx context.Context, world http.Handler) (host string, stop func(), err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen for the sandbox: %w", err)
	}
	server := &http.Server{Handler: world, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// shareWithPassword is what a person does in PostHog's share dialog before an
// agent can add a password.
func shareWithPassword(ctx context.Context, world *sandbox.Sandbox) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPatch,
		"http://sandbox/api/projects/@current/session_recordings/"+sandbox.RecordingCheckout+"/sharing/",
		strings.NewReader(`{"enabled":true,"password_required":true}`))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.KeyAll)
	request.Header.Set("Content-Type", "application/json")
	response, err := world.RoundTripper().RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}
