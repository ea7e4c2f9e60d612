// Package doctor checks everything between an agent and PostHog, and says what to do
// about each problem. It only reads, with at most eight requests besides retries.
package doctor

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
)

// Options are the settings to check, right or wrong.
type Options struct {
	Version   string // of the program
	Catalogue *tools.Catalogue

	Key     posthog.Key
	Host    *url.URL
	Project string // a number, or empty for the project that the key's owner has open
	// The sources of the three settings above.
	KeySource, HostSource, ProjectSource Source
	// ByLogin says that the key is the token of posthog-mcp login.
	ByLogin bool

	Selection tools.Selection // the tools that the server is set to offer
	Rules     []string        // all limits of the server, as flags
	RulesErr  error           // an error in them

	// Timeout limits all checks together.
	Timeout time.Duration
	// Base is a PostHog in this process, instead of Host; nil for the network.
	Base http.RoundTripper
	// Regions are hosts by their name for POSTHOG_HOST, to which a key may belong; nil for
	// PostHog Cloud. They get the key only if Host is one of them.
	Regions map[string]*url.URL
	// Proxy returns the proxy of a request, as [http.ProxyFromEnvironment].
	Proxy func(*http.Request) (*url.URL, error)
	// Now is the clock of the machine, which is checked too.
	Now func() time.Time
	// Logger and UserAgent are those of [posthog.Options].
	Logger    *slog.Logger
	UserAgent string
}

// Source says where a setting came from, and why it cannot be used.
type Source struct {
	From string
	Err  error
}

// checks are all checks, in order. Each is skipped if one that it needs has failed.
var checks = []struct {
	name  string
	needs []string
	run   func(*exam, context.Context) Finding
}{
	{"version", nil, (*exam).version},
	{"rules", nil, (*exam).rules},
	{"key", nil, (*exam).key},
	{"host", nil, (*exam).host},
	{"reach", []string{"host"}, (*exam).reach},
	{"access", []string{"key", "reach"}, (*exam).access},
	{"owner", []string{"access"}, (*exam).owner},
	{"project", []string{"access"}, (*exam).project},
	{"tools", []string{"access"}, (*exam).tools},
}

// exam holds the results so far.
type exam struct {
	Options
	report *Report
	api    *posthog.Client
	// roots has, for each check that failed or was skipped, the failed one that is why.
	roots map[string]string
	// usable reports whether the key's scopes allow a tool; nil if PostHog does not tell.
	usable  func(*tools.Tool) bool
	me      answer            // about the key's owner
	refused map[string]answer // refusals to read objects, by their name in scopes
}

// Examine makes all checks, until ctx ends or the timeout is over.
func Examine(ctx context.Context, o Options) *Report {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	if o.Base != nil { // it has no address
		o.Host, o.HostSource.Err = &url.URL{Scheme: "http", Host: "sandbox"}, nil
	}
	if o.Regions == nil {
		o.Regions = map[string]*url.URL{"us": posthog.Cloud("us"), "eu": posthog.Cloud("eu")}
	}
	e := &exam{Options: o, report: &Report{OK: true}, roots: map[string]string{}, refused: map[string]answer{}}
	e.api = e.client(e.Host)
	defer e.api.CloseIdle()
	for _, c := range checks {
		var f Finding
		root := ""
		for _, need := range c.needs {
			root = cmp.Or(root, e.roots[need])
		}
		if root != "" {
			f = skipped("because " + root + " failed")
		} else if f = c.run(e, ctx); f.State == Failed {
			root, e.report.OK = c.name, false
		}
		e.roots[c.name] = root
		f.Check, f.Detail, f.Next = c.name, clean(f.Detail), clean(f.Next)
		e.report.Checks = append(e.report.Checks, f)
	}
	return e.report
}
