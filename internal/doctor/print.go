package doctor

import (
	"io"
	"strings"

	"posthog-mcp/internal/cli"
)

const (
	stateWidth = 9 // as wide as "warning", and a gap
	checkWidth = 9
	margin     = stateWidth + checkWidth
)

var stateColors = map[State]cli.Color{OK: cli.Green, Warning: cli.Yellow, Failed: cli.Red, Skipped: cli.Dim}

// Print writes the report for a person, on lines of 80 columns.
func (r *Report) Print(w io.Writer, colored bool) error {
	s := &cli.Screen{Out: w, Columns: cli.Usual, Color: colored}
	for _, f := range together(r.Checks) {
		head := s.Paint(stateColors[f.State], cli.Pad(string(f.State), stateWidth)) + s.Paint(cli.Bold, cli.Pad(f.Check, checkWidth))
		for _, line := range cli.Fold(f.Detail, s.Columns-margin) {
			s.Line(head, line)
			head = cli.Pad("", margin)
		}
		mark := "→ "
		for _, line := range cli.Fold(f.Next, s.Columns-margin-2) {
			if f.Next != "" {
				s.Line(cli.Pad("", margin), s.Paint(cli.Dim, mark+line))
			}
			mark = "  "
		}
	}
	r.printTools(s)
	s.Line()
	s.Line(s.Paint(cli.Bold, r.verdict()))
	return s.Err()
}

// together has the checks that were skipped one after the other for the same
// reason on one line.
func together(checks []Finding) (lines []Finding) {
	for len(checks) > 0 {
		first, names := checks[0], []string{checks[0].Check}
		checks = checks[1:]
		for first.State == Skipped && len(checks) > 0 && checks[0].State == Skipped && checks[0].Detail == first.Detail {
			names, checks = append(names, checks[0].Check), checks[1:]
		}
		if len(names) > 1 {
			first.Check, first.Detail = "", and(names)+", "+first.Detail
		}
		lines = append(lines, first)
	}
	return lines
}

func (r *Report) verdict() string {
	warnings := ""
	if n := r.count(Warning); n > 0 {
		warnings = ", with " + plural(n, "warning", "warnings")
	}
	if r.OK {
		return "Everything needed works" + warnings + "."
	}
	return plural(r.count(Failed), "check", "checks") + " failed" + warnings + "."
}

// groups are the tools' states as people read them, the good ones first.
var groups = []struct {
	state ToolState
	title string
	color cli.Color
	waits string // the same in the sentence that counts tools, if it is there
}{
	{Works, "work", cli.Green, ""},
	{MissingScope, "lack a scope of the key", cli.Yellow, ""},
	{PlanLacks, "need another plan", cli.Yellow, "not in the plan"},
	{NoProject, "need a project that the key can reach", cli.Yellow, "without a project"},
	{Refused, "are refused their data", cli.Yellow, "refused their data"},
	{Unknown, "may work; PostHog does not tell", cli.Yellow, ""},
	{BrowserSession, "need a browser session; no key will do", cli.Dim, "for a browser session alone"},
	{SwitchedOff, "are switched off by this server's rules", cli.Dim, ""},
}

func (r *Report) printTools(s *cli.Screen) {
	widest := 0
	for _, t := range r.Tools {
		widest = max(widest, len(t.Name))
	}
	for _, g := range groups {
		title := s.Paint(g.color, "Tools that "+g.title+":")
		for _, t := range r.Tools {
			if t.State != g.state {
				continue
			}
			if title != "" {
				s.Line()
				s.Line(title)
				title = ""
			}
			s.Line(strings.Repeat(" ", 2), cli.Pad(t.Name, widest+2), t.Scope)
		}
	}
}
