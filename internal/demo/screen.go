package demo

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/sandbox"
)

// screen prints the conversation for a person: → is what the agent asks for, ←
// is what comes back. It keeps the first error of writing.
type screen struct {
	out   io.Writer
	color bool
	err   error
}

// A color is an SGR parameter of ECMA-48, which terminals understand.
type color string

const bold, dim, red, green, yellow, cyan color = "1", "2", "31", "32", "33", "36"

// The columns: the narrowest usual terminal, a mark and a blank, and names as
// long as dashboard_export_insights.
const screenWidth, margin, nameWidth = 80, 2, 26

func (s *screen) paint(c color, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

func (s *screen) line(parts ...string) {
	if _, err := fmt.Fprintln(s.out, strings.TrimRight(strings.Join(parts, ""), " ")); err != nil && s.err == nil {
		s.err = fmt.Errorf("print: %w", err)
	}
}

// pair prints a name and its value, which may take several lines.
func (s *screen) pair(mark, name string, value any) {
	for _, text := range wrap(plain(value), screenWidth-margin-nameWidth) {
		s.line(mark, " ", s.paint(dim, fmt.Sprintf("%-*s", nameWidth, name)), text)
		mark, name = " ", ""
	}
}

func (s *screen) opening(server *mcp.InitializeResult) {
	s.line(s.paint(bold, "An MCP client starts posthog-mcp and talks to it over stdio."))
	s.line(s.paint(dim, "PostHog is the embedded sandbox: no key, no network, no mail."))
	s.line("\n", s.paint(cyan, "→ initialize"))
	s.pair(s.paint(green, "←"), "server", server.ServerInfo.Name+" "+server.ServerInfo.Version)
	s.pair(" ", "protocol", server.ProtocolVersion)
}

// tools lists the tools by what their names begin with.
func (s *screen) tools(tools []mcp.Tool) {
	s.line("\n", s.paint(cyan, "→ tools/list"))
	s.line(s.paint(green, "←"), fmt.Sprintf(" %d tools", len(tools)))
	for _, g := range grouped(tools) {
		s.line("  ", s.paint(dim, g.prefix))
		for _, line := range wrap(strings.Join(g.names, ", "), screenWidth-2*margin) {
			s.line("    ", line)
		}
	}
}

// asked prints the person's sentence, and the call that the agent makes of it.
func (s *screen) asked(step step) {
	s.line("\n", s.paint(bold, "“"+step.asked+"”"))
	s.line(s.paint(cyan, "→ "+step.tool))
	for _, a := range step.arguments {
		s.pair(" ", a.name, a.value)
	}
}

func (s *screen) answered(object map[string]any, members []string) error {
	mark := s.paint(green, "←")
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

func (s *screen) listed(page map[string]any) {
	found := rows(page)
	s.line(s.paint(green, "←"), fmt.Sprintf(" %d of %s", len(found), plain(page["count"])))
	for _, row := range found {
		s.line("  ", s.paint(dim, cell(row["id"], 6)), cell(row["title"], 26), cell(row["schedule"], 34), cell(row["state"], 8))
	}
}

func (s *screen) refused(text string) {
	mark := s.paint(red, "←")
	for paragraph := range strings.SplitSeq(text, "\n") {
		for _, line := range wrap(plain(paragraph), screenWidth-margin) {
			s.line(mark, " ", s.paint(yellow, line))
			mark = " "
		}
	}
}

func (s *screen) outbox(messages []sandbox.Message) {
	s.line("\n", s.paint(bold, "What PostHog would have sent meanwhile:"))
	for _, m := range messages {
		s.line("  ", s.paint(dim, cell(m.Kind, 6)), cell(m.To, 25), s.paint(dim, cell(m.Trigger, 15)), cell(m.Subject, 32))
	}
}

func (s *screen) closing(took time.Duration) {
	text := fmt.Sprintf("%.1f s. Nothing left this machine. Next: connect your own client, see README.md.", took.Seconds())
	s.line("\n", s.paint(dim, text))
}
