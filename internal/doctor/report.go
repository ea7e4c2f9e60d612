package doctor

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
