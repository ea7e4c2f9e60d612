package doctor

import (
	"fmt"
	"io"

	"posthog-mcp/internal/cli"
)

// State is the result of a check. Only Failed makes the report not OK.
type State string

// The states of checks.
const (
	OK      State = "ok"
	Warning State = "warning"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// Finding is one check and its result.
type Finding struct {
	Check  string `json:"check"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
	Next   string `json:"next,omitempty"` // what to do about it
}

func ok(detail string) Finding            { return Finding{State: OK, Detail: detail} }
func skipped(detail string) Finding       { return Finding{State: Skipped, Detail: detail} }
func failed(detail, next string) Finding  { return Finding{State: Failed, Detail: detail, Next: next} }
func warning(detail, next string) Finding { return Finding{State: Warning, Detail: detail, Next: next} }

// Report is the result of [Examine], without secrets. Its names in JSON are stable.
type Report struct {
	OK     bool      `json:"ok"` // everything needed works
	Checks []Finding `json:"checks"`

	Version string        `json:"version"`
	Key     *KeyFacts     `json:"key,omitempty"`
	Host    *HostFacts    `json:"host,omitempty"`
	Owner   *OwnerFacts   `json:"owner,omitempty"`
	Project *ProjectFacts `json:"project,omitempty"`
	// ClockSkew is how many seconds this machine's clock is ahead of PostHog's.
	ClockSkew *int64 `json:"clock_skew_seconds,omitempty"`
	Tools     []Tool `json:"tools,omitempty"`
}

// KeyFacts are facts about the key, without the key.
type KeyFacts struct {
	From          string   `json:"from"`
	Kind          string   `json:"kind"`             // personal_api_key or oauth_access_token
	Shown         string   `json:"shown"`            // PostHog's mask of the key, else its prefix and length
	Label         string   `json:"label,omitempty"`  // its name in PostHog, or that of the application
	Scopes        []string `json:"scopes,omitempty"` // "*" is all
	Projects      []string `json:"only_projects,omitempty"`
	Organizations []string `json:"only_organizations,omitempty"`
}

// HostFacts are facts about the connection to PostHog.
type HostFacts struct {
	URL       string `json:"url"`
	From      string `json:"from"`
	Region    string `json:"region,omitempty"`     // us or eu, for PostHog Cloud
	KeyRegion string `json:"key_region,omitempty"` // the region that knows the key, if this host does not
	Proxy     string `json:"proxy,omitempty"`
	TLS       string `json:"tls,omitempty"`
	Issuer    string `json:"certificate_issuer,omitempty"`
}

// OwnerFacts are enough for the owner of the key to recognize themselves.
type OwnerFacts struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// ProjectFacts are facts about the project of calls without project_id.
type ProjectFacts struct {
	ID           int64  `json:"id"`
	Name         string `json:"name"`
	Organization string `json:"organization,omitempty"`
	Timezone     string `json:"timezone,omitempty"`
	From         string `json:"from"`
}

// Tool is a tool of the catalogue and its state.
type Tool struct {
	Name  string    `json:"name"`
	State ToolState `json:"state"`
	Scope string    `json:"scope,omitempty"` // the scope that the key needs
}

// ToolState says whether a tool works.
type ToolState string

// The states of tools.
const (
	Works          ToolState = "works"
	MissingScope   ToolState = "missing_scope"   // the key lacks the tool's scope
	BrowserSession ToolState = "browser_session" // PostHog accepts no key for it
	PlanLacks      ToolState = "plan_lacks"      // the organization's plan lacks the feature
	NoProject      ToolState = "no_project"      // the key cannot reach the project; another one may work
	Refused        ToolState = "refused"         // PostHog refused, or failed, a read of the same kind
	SwitchedOff    ToolState = "switched_off"    // the server's own rules leave it out
	Unknown        ToolState = "unknown"         // PostHog does not tell the key's scopes
)

// column is the width of a state and of a check: that of "warning", and a gap.
const column = 9

var stateColors = map[State]cli.Color{OK: cli.Green, Warning: cli.Yellow, Failed: cli.Red, Skipped: cli.Dim}

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
