package doctor

import "fmt"

// A State says how a check went.
type State string

// The states. Only Failed makes the whole not OK.
const (
	OK      State = "ok"
	Warning State = "warning"
	Failed  State = "failed"
	Skipped State = "skipped"
)

// A Finding is what one check came to.
type Finding struct {
	Check  string `json:"check"`
	State  State  `json:"state"`
	Detail string `json:"detail"`
	// Next is what to do about it; empty for nothing.
	Next string `json:"next,omitempty"`
}

func ok(detail string) Finding              { return Finding{State: OK, Detail: detail} }
func skipped(detail string) Finding         { return Finding{State: Skipped, Detail: detail} }
func failed(detail, next string) Finding    { return Finding{State: Failed, Detail: detail, Next: next} }
func warning(detail, next string) Finding   { return Finding{State: Warning, Detail: detail, Next: next} }
func okf(format string, a ...any) Finding   { return ok(fmt.Sprintf(format, a...)) }
func skipf(format string, a ...any) Finding { return skipped(fmt.Sprintf(format, a...)) }

// A Report is what a look found. As JSON its names are stable; what could not
// be found out is left out. It holds no secret.
type Report struct {
	// OK says that everything needed works.
	OK     bool      `json:"ok"`
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

func (r *Report) count(s State) (n int) {
	for _, f := range r.Checks {
		if f.State == s {
			n++
		}
	}
	return n
}

// KeyFacts are about the key, and never the key.
type KeyFacts struct {
	From string `json:"from"`
	// Kind is personal_api_key or oauth_access_token.
	Kind string `json:"kind"`
	// Shown is how PostHog shows the key, else its prefix and length.
	Shown string `json:"shown"`
	// Label is the key's name in PostHog, or that of the application.
	Label string `json:"label,omitempty"`
	// Scopes are the key's; "*" is all.
	Scopes        []string `json:"scopes,omitempty"`
	Projects      []string `json:"only_projects,omitempty"`
	Organizations []string `json:"only_organizations,omitempty"`
}

// HostFacts are about the way to PostHog.
type HostFacts struct {
	URL  string `json:"url"`
	From string `json:"from"`
	// Region is us or eu, where PostHog Cloud is meant.
	Region string `json:"region,omitempty"`
	// KeyRegion is the region that knows the key, where Host does not.
	KeyRegion string `json:"key_region,omitempty"`
	Proxy     string `json:"proxy,omitempty"`
	TLS       string `json:"tls,omitempty"`
	// Issuer is who signed the host's certificate.
	Issuer string `json:"certificate_issuer,omitempty"`
}

// OwnerFacts are as much of a person as that person knows again.
type OwnerFacts struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// ProjectFacts are about the project of calls that name none.
type ProjectFacts struct {
	ID           int64  `json:"id"`
	Name         string `json:"name"`
	Organization string `json:"organization,omitempty"`
	Timezone     string `json:"timezone,omitempty"`
	From         string `json:"from"`
}

// A Tool is a tool of the catalogue, and whether it can be used.
type Tool struct {
	Name  string    `json:"name"`
	State ToolState `json:"state"`
	// Scope is what the key needs for it.
	Scope string `json:"scope,omitempty"`
}

// A ToolState says whether a tool works.
type ToolState string

// The states of tools.
const (
	Works ToolState = "works"
	// MissingScope: the key lacks the tool's scope.
	MissingScope ToolState = "missing_scope"
	// BrowserSession: PostHog takes no key for it at all.
	BrowserSession ToolState = "browser_session"
	// PlanLacks: the organization's plan has no such feature.
	PlanLacks ToolState = "plan_lacks"
	// NoProject: the project is out of the key's reach; with another in
	// project_id the tool may work.
	NoProject ToolState = "no_project"
	// Refused: PostHog refused, or failed, a read with the same scope's object.
	Refused ToolState = "refused"
	// SwitchedOff: the server's own rules leave it out.
	SwitchedOff ToolState = "switched_off"
	// Unknown: PostHog does not tell the key's scopes.
	Unknown ToolState = "unknown"
)
