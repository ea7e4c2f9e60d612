package doctor

import (
	"fmt"
	"io"

	"posthog-mcp/internal/cli"
)

// column is the width of a state and of a check: that of "warning", and a gap.
const column = 9

var stateColors = map[State]cli.Color{OK: cli.Green, Warning: cli.Yellow, Failed: cli.Red, Skipped: cli.Dim}

// groups are the states of tools, with their titles in the list.
var groups = []struct {
	state ToolState
	title string
	color cli.Color
}{
	{Works, "work", cli.Green},
	{MissingScope, "lack a scope of the key", cli.Yellow},
	{PlanLacks, "need another plan", cli.Yellow},
	{NoProject, "need a project that the key can reach", cli.Yellow},
	{Refused, "are refused their data", cli.Yellow},
	{Unknown, "may work; PostHog does not tell", cli.Yellow},
	{BrowserSession, "need a browser session", cli.Dim},
	{SwitchedOff, "are switched off by this server's rules", cli.Dim},
}

// Print writes the report for a person, on lines of 80 columns.
func (r *Report) Print(w io.Writer, colored bool) error {
	s, n := &cli.Screen{Out: w, Columns: cli.Usual, Color: colored}, map[State]int{}
	for _, f := range r.Checks {
		n[f.State]++
		s.Hang(s.Paint(stateColors[f.State], cli.Pad(string(f.State), column))+s.Paint(cli.Bold, cli.Pad(f.Check, column)), 2*column, f.Detail)
		if f.Next != "" {
			s.Hang(cli.Pad("", 2*column)+s.Paint(cli.Dim, "→ "), 2*column+2, f.Next)
		}
	}
	r.printTools(s)
	verdict := "Everything needed works."
	if !r.OK {
		verdict = fmt.Sprintf("Checks that failed: %d.", n[Failed])
	}
	if n[Warning] > 0 {
		verdict += fmt.Sprintf(" Warnings: %d.", n[Warning])
	}
	s.Line()
	s.Line(s.Paint(cli.Bold, verdict))
	return s.Err()
}

func (r *Report) printTools(s *cli.Screen) {
	widest := 0
	for _, t := range r.Tools {
		widest = max(widest, len(t.Name)+2)
	}
	for _, g := range groups {
		title := g.title
		for _, t := range r.Tools {
			if t.State != g.state {
				continue
			}
			if title != "" {
				s.Line()
				s.Line(s.Paint(g.color, "Tools that "+title+":"))
				title = ""
			}
			s.Line("  ", cli.Pad(t.Name, widest), t.Scope)
		}
	}
}
