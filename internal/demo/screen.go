package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/internal/sandbox"
)

// screen prints the conversation for a person.
type screen struct {
	out   io.Writer
	color bool
}

// The colours of a terminal, by their SGR numbers.
const (
	bold, dim, red, green, yellow, cyan = "1", "2", "31", "32", "33", "36"
	width                               = 100
)

func (s screen) paint(code, text string) string {
	if !s.color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s screen) line(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

func (s screen) opening(server *mcp.InitializeResult) {
	s.line("%s", s.paint(bold, "An MCP client starts posthog-mcp and talks to it over stdio, on the embedded sandbox."))
	s.line("%s", s.paint(dim, fmt.Sprintf("connected to %s %s, protocol %s", server.ServerInfo.Name, server.ServerInfo.Version, server.ProtocolVersion)))
}

func (s screen) tools(tools []mcp.Tool) {
	names := make([]string, len(tools))
	for i, t := range tools {
		names[i] = t.Name
	}
	s.line("%s %s", s.paint(green, fmt.Sprintf("← %d tools:", len(tools))), s.paint(dim, wrap(strings.Join(names, ", "), 13)))
}

func (s screen) asked(sentence string) { s.line("\n%s", s.paint(bold, "“"+sentence+"”")) }

func (s screen) called(tool string, arguments map[string]any) {
	data, _ := json.Marshal(arguments)
	s.line("%s %s", s.paint(cyan, "→ "+tool), wrap(string(data), 2))
}

func (s screen) answered(object map[string]any, members []string) {
	for i, name := range members {
		mark := " "
		if i == 0 {
			mark = "←"
		}
		s.line("%s %-19s%s", s.paint(green, mark), name, wrap(fmt.Sprint(plain(object[name])), 21))
	}
}

// plain prints whole numbers without an exponent.
func plain(v any) any {
	if f, ok := v.(float64); ok {
		return int64(f)
	}
	return v
}

func (s screen) listed(page map[string]any) {
	rows, _ := page["results"].([]any)
	s.line("%s %d of %v", s.paint(green, "←"), len(rows), plain(page["count"]))
	for _, row := range rows {
		r, _ := row.(map[string]any)
		s.line("  %-6v%-34s%-26s%s", plain(r["id"]), cut(fmt.Sprint(r["title"]), 32), cut(fmt.Sprint(r["summary"]), 24), cut(fmt.Sprint(r["target_value"]), 40))
	}
}

func (s screen) refused(text string) {
	for i, line := range strings.Split(text, "\n") {
		mark := " "
		if i == 0 {
			mark = "←"
		}
		s.line("%s %s", s.paint(red, mark), s.paint(yellow, wrap(line, 2)))
	}
}

func (s screen) outbox(messages []sandbox.Message) {
	s.line("\n%s", s.paint(bold, "What PostHog would have sent meanwhile:"))
	for _, m := range messages {
		s.line("  %-6s %-28s %-14s %s", m.Kind, cut(m.To, 27), m.Trigger, cut(m.Subject, 50))
	}
}

func (s screen) closing(took time.Duration) {
	s.line("\n%s", s.paint(dim, fmt.Sprintf("%.1f s. Nothing left this machine. Next: connect your own client, see README.md.", took.Seconds())))
}

// wrap breaks a long text at spaces and commas, and indents what follows.
func wrap(text string, indent int) string {
	var b strings.Builder
	for len(text) > width {
		at := strings.LastIndexAny(text[:width], " ,")
		if at < width/2 {
			break
		}
		b.WriteString(text[:at+1] + "\n" + strings.Repeat(" ", indent))
		text = text[at+1:]
	}
	return b.String() + text
}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
