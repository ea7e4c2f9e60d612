// Package demo is a scripted conversation that shows the main job: an MCP
// client starts posthog-mcp over stdio, against the sandbox, and manages a
// subscription from a person's first sentence to its end.
package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/sandbox"
)

// longest is how long the conversation may take: it takes half a second, and
// who watches is not left waiting for a program that does not answer.
const longest = 20 * time.Second

// Options are where the demo runs.
type Options struct {
	Binary string    // the posthog-mcp to talk to
	Out    io.Writer // gets lines of at most 80 columns
	Color  bool
}

// Run holds the conversation. It fails when an answer is not what the script
// expects.
func Run(ctx context.Context, o Options) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	world := sandbox.New()
	// The binary finds the sandbox on loopback.
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the sandbox: %w", err)
	}
	server := &http.Server{Handler: world, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	host := "http://" + listener.Addr().String()
	if err := shareWithPassword(ctx, host); err != nil {
		return fmt.Errorf("share the recording: %w", err)
	}
	talk, err := connect(ctx, o.Binary, host)
	if err != nil {
		return err
	}
	defer talk.client.Close()
	show := &screen{out: o.Out, color: o.Color}
	show.opening(talk.server)
	if err := play(ctx, talk, show); err != nil {
		return err
	}
	show.outbox(world.Outbox())
	show.closing(time.Since(begin))
	return show.err
}

// shareWithPassword is what a person does in PostHog's share dialog before an
// agent can add a password.
func shareWithPassword(ctx context.Context, host string) error {
	address := host + "/api/projects/@current/session_recordings/" + sandbox.RecordingCheckout + "/sharing/"
	request, err := http.NewRequestWithContext(ctx, http.MethodPatch, address, strings.NewReader(`{"enabled":true,"password_required":true}`))
	if err != nil {
		return err
	}
	request.Header = http.Header{"Authorization": {"Bearer " + sandbox.KeyAll}, "Content-Type": {"application/json"}}
	// A connection of its own, which is gone with the answer.
	response, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	return nil
}

// conversation is an MCP client in the middle of talking.
type conversation struct {
	client *client.Client
	server *mcp.InitializeResult
}

// connect starts binary as an MCP client does.
func connect(ctx context.Context, binary, host string) (*conversation, error) {
	settings := []string{"POSTHOG_HOST=" + host, "POSTHOG_PERSONAL_API_KEY=" + sandbox.KeyAll, "POSTHOG_MCP_LOG_LEVEL=error"}
	c := client.NewClient(transport.NewStdioWithOptions(binary, settings, []string{"stdio"},
		transport.WithCommandFunc(command), transport.WithCommandLogger(slog.New(slog.DiscardHandler))))
	if err := c.Start(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.LATEST_LEGACY_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "posthog-mcp-demo", Version: build.Version()}
	server, err := c.Initialize(ctx, hello)
	if err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("connect to %s: %w", binary, err)
	}
	return &conversation{client: c, server: server}, nil
}

// command is the server's process. The settings of whoever watches are not for
// it: it must neither call their PostHog nor be told to behave otherwise.
func command(ctx context.Context, binary string, settings, args []string) (*exec.Cmd, error) {
	process := exec.CommandContext(ctx, binary, args...)
	process.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "POSTHOG_")
	}), settings...)
	return process, nil
}

// call makes one tool call: it comes to an object, or to the sentences of a
// refusal.
func (c *conversation) call(ctx context.Context, tool string, arguments []argument) (object map[string]any, refused string, err error) {
	given := map[string]any{}
	for _, a := range arguments {
		given[a.name] = a.value
	}
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, given
	result, err := c.client.CallTool(ctx, request)
	if err != nil {
		return nil, "", fmt.Errorf("call %s: %w", tool, err)
	}
	var text mcp.TextContent
	if len(result.Content) == 1 {
		text, _ = result.Content[0].(mcp.TextContent)
	}
	if result.IsError {
		return nil, text.Text, nil
	}
	decoder := json.NewDecoder(bytes.NewBufferString(text.Text))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return nil, "", fmt.Errorf("call %s: the answer is not one text of JSON: %w", tool, err)
	}
	return object, "", nil
}
