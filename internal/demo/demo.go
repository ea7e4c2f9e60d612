// Package demo is a scripted conversation: an MCP client starts posthog-mcp over stdio,
// on the sandbox, and manages a subscription from its creation to its end.
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
	"github.com/tidwall/gjson"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/cli"
	"posthog-mcp/internal/sandbox"
)

// longest limits the conversation, which takes half a second, in case the program does
// not answer.
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
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return fmt.Errorf("list tools: %w", err)
	}
	s := newScreen(o.Out, o.Color)
	s.opening(hello, list.Tools)
	known := map[string]string{"monday": `"` + nextMonday(begin).Format(time.RFC3339) + `"`}
	for _, step := range script {
		if err := s.take(ctx, c, step, known); err != nil {
			return fmt.Errorf("%s: %w", step.tool, err)
		}
	}
	s.closing(world.Outbox(), time.Since(begin))
	return s.Err()
}

// connect starts binary as an MCP client does.
func connect(ctx context.Context, binary, host string) (*client.Client, *mcp.InitializeResult, error) {
	settings := []string{"POSTHOG_HOST=" + host, "POSTHOG_PERSONAL_API_KEY=" + sandbox.KeyAll, "POSTHOG_MCP_LOG_LEVEL=error"}
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

// command is the process of the server. It does not inherit the user's own settings of
// PostHog: the demo must not call the user's PostHog.
func command(ctx context.Context, binary string, settings, args []string) (*exec.Cmd, error) {
	process := exec.CommandContext(ctx, binary, args...)
	process.Env = append(slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "POSTHOG_")
	}), settings...)
	return process, nil
}

// take makes the call of a step and prints the request and the answer. known has the
// members of earlier answers as JSON, by name, and gets those of this one.
func (s screen) take(ctx context.Context, c *client.Client, step step, known map[string]string) error {
	step.arguments = os.Expand(step.arguments, func(name string) string { return known[name] })
	s.asked(step)
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = step.tool, json.RawMessage(step.arguments)
	result, err := c.CallTool(ctx, request)
	if err != nil {
		return err
	}
	text, ok := result.Content[0].(mcp.TextContent)
	switch {
	case !ok:
		return errors.New("the content is not text")
	case result.IsError != step.wrong:
		return fmt.Errorf("unexpected answer: %s", text.Text)
	case result.IsError:
		s.Hang(s.Paint(cli.Red, "←")+" ", margin, text.Text)
		return nil
	}
	object := gjson.Parse(text.Text)
	if step.picked != "" {
		s.listed(object)
		if object, err = pick(object, step.picked); err != nil {
			return err
		}
	} else if err := s.answered(object, step.shown); err != nil {
		return err
	}
	for name, value := range object.Map() {
		known[name] = value.Raw
	}
	return nil
}

// pick returns the subscription to a dashboard whose title has the word.
func pick(page gjson.Result, word string) (gjson.Result, error) {
	for _, row := range page.Get("results").Array() {
		if strings.Contains(row.Get("title").String(), word) && row.Get("dashboard").Type == gjson.Number {
			return row, nil
		}
	}
	return gjson.Result{}, errors.New("no subscription to take the dashboard from")
}

// screen prints the conversation: → is a request of the agent, ← is the answer.
type screen struct{ *cli.Screen }

func newScreen(out io.Writer, color bool) screen {
	return screen{&cli.Screen{Out: out, Columns: cli.Usual, Color: color}}
}

// A mark and a blank, and names as long as dashboard_export_insights.
const (
	margin    = 2
	nameWidth = 26
)

func (s screen) request(method string) { s.Line(s.Paint(cli.Cyan, "→ "+method)) }

func (s screen) pair(mark, name, value string) {
	s.Hang(s.Paint(cli.Green, mark)+" "+s.Paint(cli.Dim, cli.Pad(name, nameWidth)), margin+nameWidth, value)
}

func (s screen) opening(server *mcp.InitializeResult, tools []mcp.Tool) {
	s.Text(0, cli.Bold, "An MCP client starts posthog-mcp and talks to it over stdio.")
	s.Text(0, cli.Dim, "PostHog is the embedded sandbox: no key, no network, no mail.")
	s.Line()
	s.request("initialize")
	s.pair("←", "server", server.ServerInfo.Name+" "+server.ServerInfo.Version)
	s.pair(" ", "protocol", server.ProtocolVersion)
	s.Line()
	s.request("tools/list")
	s.Line(s.Paint(cli.Green, "←"), fmt.Sprintf(" %d tools", len(tools)))
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = cli.Cut(t.Name, s.Columns-2*margin)
	}
	s.Text(margin, "", strings.Join(names, ", "))
}

// asked prints the user's sentence, and the call that the agent makes of it.
func (s screen) asked(step step) {
	s.Line()
	s.Text(0, cli.Bold, "“"+step.asked+"”")
	s.request(step.tool)
	gjson.Parse(step.arguments).ForEach(func(name, value gjson.Result) bool {
		s.pair(" ", name.String(), plain(value))
		return true
	})
}

func (s screen) answered(object gjson.Result, members []string) error {
	mark := "←"
	for _, name := range members {
		value := object.Get(name)
		if !value.Exists() {
			return fmt.Errorf("the answer has no %s", name)
		}
		s.pair(mark, name, plain(value))
		mark = " "
	}
	return nil
}

func (s screen) listed(page gjson.Result) {
	found := page.Get("results").Array()
	s.Line(s.Paint(cli.Green, "←"), fmt.Sprintf(" %d of %s", len(found), plain(page.Get("count"))))
	for _, row := range found {
		s.Line("  ", s.Paint(cli.Dim, cell(plain(row.Get("id")), 6)), cell(plain(row.Get("title")), 26), cell(plain(row.Get("schedule")), 34), cell(plain(row.Get("state")), 8))
	}
}

func (s screen) closing(messages []sandbox.Message, took time.Duration) {
	s.Line()
	s.Text(0, cli.Bold, "What PostHog would have sent meanwhile:")
	for _, m := range messages {
		s.Line("  ", s.Paint(cli.Dim, cell(m.Kind, 6)), cell(m.To, 25), s.Paint(cli.Dim, cell(m.Trigger, 15)), cell(m.Subject, 32))
	}
	s.Line()
	s.Text(0, cli.Dim, fmt.Sprintf("%.1f s. Nothing left this machine. Next: connect your own client, see README.md.", took.Seconds()))
}

// plain is a JSON value as a person reads it.
func plain(value gjson.Result) string {
	switch value.Type {
	case gjson.Null:
		return "–"
	case gjson.String:
		return value.String()
	}
	return value.Raw
}

// cell is a text in a column of that width, with a blank at the end.
func cell(text string, width int) string {
	return cli.Pad(cli.Cut(cli.Plain(text), width-1), width)
}
