package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/cli"
	"posthog-mcp/internal/sandbox"
)

// screen prints the conversation for a person: → is a request of the agent, ←
// is its answer.
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

// pair prints a name and its value, which may take several lines.
func (s screen) pair(mark, name string, value any) {
	for _, line := range cli.Fold(plain(value), s.Columns-margin-nameWidth) {
		s.Line(s.Paint(cli.Green, mark), " ", s.Paint(cli.Dim, cli.Pad(name, nameWidth)), line)
		mark, name = " ", ""
	}
}

func (s screen) opening(server *mcp.InitializeResult) {
	s.Text(0, cli.Bold, "An MCP client starts posthog-mcp and talks to it over stdio.")
	s.Text(0, cli.Dim, "PostHog is the embedded sandbox: no key, no network, no mail.")
	s.Line()
	s.request("initialize")
	s.pair("←", "server", server.ServerInfo.Name+" "+server.ServerInfo.Version)
	s.pair(" ", "protocol", server.ProtocolVersion)
}

func (s screen) tools(tools []mcp.Tool) {
	s.Line()
	s.request("tools/list")
	s.Line(s.Paint(cli.Green, "←"), fmt.Sprintf(" %d tools", len(tools)))
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = cli.Cut(t.Name, s.Columns-2*margin)
	}
	s.Text(margin, "", strings.Join(names, ", "))
}

// asked prints the person's sentence, and the call that the agent makes of it.
func (s screen) asked(step step) {
	s.Line()
	s.Text(0, cli.Bold, "“"+step.asked+"”")
	s.request(step.tool)
	for _, a := range step.arguments {
		s.pair(" ", a.name, a.value)
	}
}

func (s screen) answered(object map[string]any, members []string) error {
	mark := "←"
	for _, name := range members {
		value, ok := object[name]
		if !ok {
			return fmt.Errorf("the answer has no %s", name)
		}
		s.pair(mark, name, value)
		mark = " "
	}
	return nil
}

func (s screen) listed(page map[string]any) {
	found := rows(page)
	s.Line(s.Paint(cli.Green, "←"), fmt.Sprintf(" %d of %s", len(found), plain(page["count"])))
	for _, row := range found {
		s.Line("  ", s.Paint(cli.Dim, cell(row["id"], 6)), cell(row["title"], 26), cell(row["schedule"], 34), cell(row["state"], 8))
	}
}

func (s screen) refused(text string) {
	mark := "←"
	for _, line := range cli.Fold(text, s.Columns-margin) {
		s.Line(s.Paint(cli.Red, mark), " ", s.Paint(cli.Yellow, line))
		mark = " "
	}
}

func (s screen) outbox(messages []sandbox.Message) {
	s.Line()
	s.Text(0, cli.Bold, "What PostHog would have sent meanwhile:")
	for _, m := range messages {
		s.Line("  ", s.Paint(cli.Dim, cell(m.Kind, 6)), cell(m.To, 25), s.Paint(cli.Dim, cell(m.Trigger, 15)), cell(m.Subject, 32))
	}
}

func (s screen) closing(took time.Duration) {
	s.Line()
	s.Text(0, cli.Dim, fmt.Sprintf("%.1f s. Nothing left this machine. Next: connect your own client, see README.md.", took.Seconds()))
}

// plain is a JSON value as a person reads it, safe for a terminal: anybody may
// have written what comes from PostHog, escape sequences included.
func plain(value any) string {
	switch v := value.(type) {
	case nil:
		return "–"
	case string:
		return cli.Plain(v)
	}
	data, err := json.Marshal(value)
	if err != nil {
		return "?"
	}
	return cli.Plain(string(data))
}

// cell is a value in a column of that width, blank included.
func cell(value any, width int) string {
	return cli.Pad(cli.Cut(plain(value), width-1), width)
}
