package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/sandbox"
)

// conversation is an MCP client in the middle of talking.
type conversation struct {
	client *client.Client
	server *mcp.InitializeResult
}

// connect starts binary as an MCP client does.
func connect(ctx context.Context, binary, host string) (*conversation, error) {
	settings := []string{
		"POSTHOG_HOST=" + host, "POSTHOG_PERSONAL_API_KEY=" + sandbox.KeyAll, "POSTHOG_MCP_LOG_LEVEL=error",
	}
	wire := transport.NewStdioWithOptions(binary, settings, []string{"stdio"},
		transport.WithCommandFunc(command), transport.WithCommandLogger(slog.New(slog.DiscardHandler)))
	c := client.NewClient(wire)
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

func (c *conversation) close() { _ = c.client.Close() }

// answer is what a call came to: an object, or the sentences of a refusal.
type answer struct {
	object  map[string]any
	refused string
}

// call makes one tool call.
func (c *conversation) call(ctx context.Context, tool string, arguments map[string]any) (answer, error) {
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = tool, arguments
	result, err := c.client.CallTool(ctx, request)
	if err != nil {
		return answer{}, fmt.Errorf("call %s: %w", tool, err)
	}
	if len(result.Content) != 1 {
		return answer{}, fmt.Errorf("call %s: %d pieces of content, expected 1", tool, len(result.Content))
	}
	text, ok := result.Content[0].(mcp.TextContent)
	if !ok {
		return answer{}, fmt.Errorf("call %s: the content is not text", tool)
	}
	if result.IsError {
		return answer{refused: text.Text}, nil
	}
	var given answer
	decoder := json.NewDecoder(bytes.NewBufferString(text.Text))
	decoder.UseNumber()
	if err := decoder.Decode(&given.object); err != nil {
		return answer{}, fmt.Errorf("call %s: %w", tool, err)
	}
	return given, nil
}
