// Package demo is a scripted conversation that shows the main job: an MCP
// client starts posthog-mcp over stdio, against the sandbox, and manages a
// subscription from a person's first sentence to its end.
package demo

import (
	"context"
	"encoding/json"
	"errors"
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
// nobody waits longer for a program that does not answer.
const longest = 20 * time.Second

// Options are where the demo runs.
type Options struct {
	// Binary is the posthog-mcp to talk to.
	Binary     string
	Generation sandbox.Generation
	// Out gets lines of at most 80 columns.
	Out   io.Writer
	Color bool
}

// Run holds the conversation. It fails when an answer is not the expected one.
func Run(ctx context.Context, o Options) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	world := sandbox.New(sandbox.WithGeneration(o.Generation))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the sandbox: %w", err)
	}
	server := &http.Server{Handler: world, ReadHeaderTimeout: longest}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer func() { _ = server.Close() }()
	c, hello, err := connect(ctx, o.Binary, "http://"+listener.Addr().String())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()

	t := &talk{client: c, screen: newScreen(o.Out, o.Color), known: map[string]any{}}
	t.opening(hello)
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return fmt.Errorf("list tools: %w", err)
	}
	t.tools(list.Tools)
	for _, s := range script(time.Now()) {
		if err := t.take(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s.tool, err)
		}
	}
	t.outbox(world.Outbox())
	t.closing(time.Since(begin))
	return t.Err()
}

// connect starts binary as an MCP client does.
func connect(ctx context.Context, binary, host string) (*client.Client, *mcp.InitializeResult, error) {
	settings := []string{
		"POSTHOG_HOST=" + host, "POSTHOG_PERSONAL_API_KEY=" + sandbox.KeyAll, "POSTHOG_MCP_LOG_LEVEL=error",
	}
	c := client.NewClient(transport.NewStdioWithOptions(binary, settings, []string{"stdio"},
		transport.WithCommandFunc(command), transport.WithCommandLogger(slog.New(slog.DiscardHandler))))
	if err := c.Start(ctx); err != nil {
		return nil, nil, fmt.Errorf("start %s: %w", binary, err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = mcp.LATEST_LEGACY_PROTOCOL_VERSION
	hello.Params.ClientInfo = mcp.Implementation{Name: "posthog-mcp-demo", Version: build.Version()}
	server, err := c.Initialize(ctx, hello)
	if err != nil {
		_ = c.Close()
		return nil, nil, fmt.Errorf("connect to %s: %w", binary, err)
	}
	return c, server, nil
}

// command is the server's process. It does not get the settings of the person
// who watches: it must neither call their PostHog nor behave otherwise.
func command(ctx context.Context, binary string, settings, args []string) (*exec.Cmd, error) {
	process := exec.CommandContext(ctx, binary, args...)
	process.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "POSTHOG_")
	}), settings...)
	return process, nil
}

// talk is the conversation so far.
type talk struct {
	screen
	client *client.Client
	// known are the members of the last answers, by their names.
	known map[string]any
}

// take makes the call of a step and shows both sides.
func (t *talk) take(ctx context.Context, s step) error {
	arguments := map[string]any{}
	for i, a := range s.arguments {
		if name, ok := a.value.(known); ok {
			s.arguments[i].value = t.known[string(name)]
		}
		arguments[a.name] = s.arguments[i].value
	}
	t.asked(s)
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = s.tool, arguments
	result, err := t.client.CallTool(ctx, request)
	if err != nil {
		return err
	}
	text, ok := result.Content[0].(mcp.TextContent)
	switch {
	case !ok:
		return errors.New("the content is not text")
	case result.IsError != s.wrong:
		return fmt.Errorf("unexpected answer: %s", text.Text)
	case result.IsError:
		t.refused(text.Text)
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(text.Text))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return err
	}
	if object["results"] == nil {
		err = t.answered(object, s.shown)
	} else {
		t.listed(object)
		object, err = pick(object, s.picked)
	}
	for name, value := range object {
		t.known[name] = value
	}
	return err
}

// pick takes the subscription to a dashboard whose title has the word.
func pick(page map[string]any, word string) (map[string]any, error) {
	for _, row := range rows(page) {
		if title, _ := row["title"].(string); strings.Contains(title, word) && row["dashboard"] != nil {
			return row, nil
		}
	}
	return nil, errors.New("no subscription to take the dashboard from")
}

// rows are the objects of a page.
func rows(page map[string]any) (all []map[string]any) {
	results, _ := page["results"].([]any)
	for _, r := range results {
		if row, ok := r.(map[string]any); ok {
			all = append(all, row)
		}
	}
	return all
}
