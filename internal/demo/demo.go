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
	"net"
	"net/http"
	"time"

	"github.com/mark3labs/mcp-go/client"
	mcptransport "github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/sandbox"
)

// Options are where the demo runs.
type Options struct {
	// Binary is the posthog-mcp to talk to.
	Binary string
	Out    io.Writer
	Color  bool
}

// Run holds the conversation. It fails when an answer is not what the script
// expects.
func Run(ctx context.Context, o Options) error {
	begin := time.Now()
	world := sandbox.New()
	host, stop, err := serve(world)
	if err != nil {
		return err
	}
	defer stop()
	if err := shareWithPassword(ctx, host); err != nil {
		return err
	}
	talk, err := connect(ctx, o.Binary, host)
	if err != nil {
		return err
	}
	defer talk.client.Close()
	show := screen{out: o.Out, color: o.Color}
	show.opening(talk.server)
	if err := play(ctx, talk, show); err != nil {
		return err
	}
	show.outbox(world.Outbox())
	show.closing(time.Since(begin))
	return nil
}

// serve runs the sandbox on loopback, where the binary finds it.
func serve(world http.Handler) (host string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, fmt.Errorf("listen for the sandbox: %w", err)
	}
	server := &http.Server{Handler: world, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = server.Close() }, nil
}

// shareWithPassword is what a person does in PostHog's share dialog before an
// agent can add a password.
func shareWithPassword(ctx context.Context, host string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPatch,
		host+"/api/projects/@current/session_recordings/"+sandbox.RecordingCheckout+"/sharing/",
		bytes.NewBufferString(`{"enabled":true,"password_required":true}`))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.KeyAll)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("share the recording: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("share the recording: status %d", response.StatusCode)
	}
	return nil
}

// conversation is an MCP client in the middle of talking.
type conversation struct {
	client *client.Client
	server *mcp.InitializeResult
}

func connect(ctx context.Context, binary, host string) (*conversation, error) {
	environment := []string{
		"POSTHOG_HOST=" + host, "POSTHOG_PERSONAL_API_KEY=" + sandbox.KeyAll, "POSTHOG_MCP_LOG_LEVEL=error",
	}
	c := client.NewClient(mcptransport.NewStdioWithOptions(binary, environment, []string{"stdio"}))
	if err := c.Start(ctx); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.LATEST_LEGACY_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "posthog-mcp-demo", Version: build.Version()}
	server, err := c.Initialize(ctx, hello)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &conversation{client: c, server: server}, nil
}

// call makes one tool call and decodes its object.
func (c *conversation) call(ctx context.Context, tool string, arguments map[string]any) (object map[string]any, text string, failed bool, err error) {
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, arguments
	result, err := c.client.CallTool(ctx, request)
	if err != nil {
		return nil, "", false, fmt.Errorf("call %s: %w", tool, err)
	}
	data, err := json.Marshal(result.StructuredContent)
	if err != nil {
		return nil, "", false, err
	}
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, "", false, fmt.Errorf("call %s: %w", tool, err)
	}
	for _, content := range result.Content {
		if t, ok := content.(mcp.TextContent); ok {
			text = t.Text
		}
	}
	return object, text, result.IsError, nil
}
