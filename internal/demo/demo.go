// Package demo is a scripted conversation: an MCP client starts posthog-mcp over stdio,
// on the sandbox, and manages a subscription from its creation to its end.
package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// Run holds the conversation with the posthog-mcp at the path binary, on a screen of at
// least 80 columns. It fails when an answer is not the expected one.
func Run(ctx context.Context, binary string, generation sandbox.Generation, screen *cli.Screen) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	world := sandbox.New(sandbox.WithGeneration(generation))
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the sandbox: %w", err)
	}
	server := &http.Server{Handler: world, ReadHeaderTimeout: longest}
	go func() { _ = server.Serve(listener) }() // ends with Close
	defer func() { _ = server.Close() }()
	c, hello, err := connect(ctx, binary, "http://"+listener.Addr().String())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return fmt.Errorf("list tools: %w", err)
	}
	t := &talk{Screen: screen, client: c, known: map[string]string{}}
	t.opening(hello, list.Tools)
	for _, step := range script {
		if err := t.take(ctx, step); err != nil {
			return fmt.Errorf("%s: %w", step.tool, err)
		}
	}
	t.closing(world.Outbox())
	return t.Err()
}

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

// talk is a conversation on a terminal: → is a request of the agent, ← is the answer.
type talk struct {
	*cli.Screen
	client *client.Client
	known  map[string]string // the members of earlier answers as JSON, by name
}

// take prints the user's sentence of a step, makes its call and prints the answer.
func (t *talk) take(ctx context.Context, step step) error {
	arguments := os.Expand(step.arguments, func(name string) string { return t.known[name] })
	t.say(step.asked)
	t.ask(step.tool)
	t.show(arguments)
	var request mcp.CallToolRequest
	request.Params.Name, request.Params.Arguments = step.tool, json.RawMessage(arguments)
	result, err := t.client.CallTool(ctx, request)
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
		t.Line(t.Paint(cli.Red, "←"))
		t.Text(0, "", text.Text)
		return nil
	}
	return t.answered(gjson.Parse(text.Text), step)
}

// answered prints what the step shows of an answer, which the next steps know.
func (t *talk) answered(answer gjson.Result, step step) error {
	shown := answer.Get("{" + strings.Join(step.shown, ",") + "}")
	if len(shown.Map()) < len(step.shown) {
		return fmt.Errorf("the answer has not all of %s", step.shown)
	}
	t.Line(t.Paint(cli.Green, "←"))
	t.show(shown.Raw)
	if step.row != "" {
		answer = answer.Get(step.row)
	}
	for name, value := range answer.Map() {
		t.known[name] = value.Raw
	}
	return nil
}

func (t *talk) say(sentence string) {
	t.Line()
	t.Text(0, cli.Bold, sentence)
}

func (t *talk) ask(method string) { t.Line(t.Paint(cli.Cyan, "→ "+method)) }

// show prints an object. [cli.Screen.Err] has the error.
func (t *talk) show(object string) { _ = t.PrintResult(json.RawMessage(object), nil) }

func (t *talk) opening(server *mcp.InitializeResult, tools []mcp.Tool) {
	t.Text(0, cli.Bold, "An MCP client starts posthog-mcp and talks to it over stdio.")
	t.Text(0, cli.Dim, "PostHog is the embedded sandbox: no key, no network, no mail.")
	t.Line()
	t.ask("initialize")
	t.Line("← ", server.ServerInfo.Name, " ", server.ServerInfo.Version, ", protocol ", server.ProtocolVersion)
	t.ask("tools/list")
	t.Line(fmt.Sprintf("← %d tools, from %s to %s", len(tools), tools[0].Name, tools[len(tools)-1].Name))
}

func (t *talk) closing(messages []sandbox.Message) {
	t.say("What PostHog would have sent meanwhile:")
	sent, _ := json.Marshal(messages)
	t.show(`{"results":` + gjson.GetBytes(sent, "#.{kind,to,trigger,subject}").Raw + "}")
	t.Text(0, cli.Dim, "Nothing left this machine. Next: connect your own client, see README.md.")
}

// step is a sentence of the user, and the call that an agent makes of it.
type step struct {
	asked, tool string
	arguments   string   // JSON; $name stands for the member of this name in an earlier answer
	wrong       bool     // a mistake, whose refusal is printed
	row         string   // the path of the row in a list that the next steps are about
	shown       []string // the members of the answer that are printed, as paths of gjson
}

var script = []step{
	{asked: "“Which dashboards do we get by mail?”", tool: "subscriptions-list",
		arguments: `{"target_type":"email","resource_type":"dashboard","limit":4}`, shown: []string{`"results":results.#.{id,title,schedule,state}`}, row: `results.#(title%"*Growth*")`},
	{asked: "“Which of its charts are in the mail?”", tool: "subscriptions-retrieve",
		arguments: `{"id":$id}`, shown: []string{"title", "dashboard", "dashboard_export_insights", "next"}},
	{asked: "“Mail the growth dashboard to Maya and Tomasz every second Monday, 9:00 UTC.”", tool: "subscriptions-create",
		arguments: `{"title":"Growth, every second Monday","dashboard":$dashboard,"dashboard_export_insights":$dashboard_export_insights,` +
			`"target_type":"email","target_value":"maya@hedgebox.example,tomasz@hedgebox.example",` +
			`"frequency":"weekly","interval":2,"byweekday":["monday"],"start_date":"2030-01-07T09:00:00Z"}`,
		shown: []string{"id", "title", "email", "schedule", "next", "state"}},
	{asked: "“Diego wants it too.”", tool: "subscriptions-partial-update",
		arguments: `{"id":$id,"target_value":"maya@hedgebox.example,tomasz@hedgebox.example,diego@hedgebox.example"}`,
		shown:     []string{"id", "email", "at_once"}},
	{asked: "“Send one now, so that we see what it looks like.”", tool: "subscriptions-test-delivery-create",
		arguments: `{"id":$id}`, shown: []string{"status", "message"}},
	{asked: "“Make it every fortnight, and rename it. (The agent gets it wrong.)”", tool: "subscriptions-partial-update",
		arguments: `{"id":$id,"frequency":"fortnightly","titel":"Team growth"}`, wrong: true},
	{asked: "“We don't need it after all, delete it.”", tool: "subscriptions-partial-update",
		arguments: `{"id":$id,"deleted":true}`, shown: []string{"id", "title", "state"}},
	{asked: "“Share the checkout recording, behind a password.”", tool: "session-recordings-sharing-partial-update",
		arguments: `{"recording_id":"` + sandbox.RecordingCheckout + `","enabled":true,"password_required":true}`,
		shown:     []string{"enabled", "password_required"}},
	{asked: "“And make one for the auditor.”", tool: "session-recordings-sharing-passwords-create",
		arguments: `{"recording_id":"` + sandbox.RecordingCheckout + `","note":"for the auditor"}`,
		shown:     []string{"id", "password", "note", "created_by_email"}},
}
