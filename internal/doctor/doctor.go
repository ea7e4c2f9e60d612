// Package doctor checks everything between an agent and PostHog, and says what to do
// about each problem. It only reads, with at most eight requests besides retries.
package doctor

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// Options are the settings to check, right or wrong.
type Options struct {
	Version   string // of the program
	Catalogue *engine.Catalogue

	Key     posthog.Key
	Host    *url.URL
	Project string // a number, or empty for the project that the key's owner has open
	// The sources of the three settings above.
	KeySource, HostSource, ProjectSource Source
	ByLogin                              bool // the key is the token of posthog-mcp login

	Selection engine.Selection // the tools that the server is set to offer
	Rules     []string         // all limits of the server, as flags
	RulesErr  error            // an error in them

	Timeout time.Duration     // of all checks together
	Base    http.RoundTripper // a PostHog in this process, instead of Host; nil for the network
	// Regions are hosts by their name for POSTHOG_HOST, to which a key may belong; nil for
	// PostHog Cloud. They get the key only if Host is one of them.
	Regions   map[string]*url.URL
	Proxy     func(*http.Request) (*url.URL, error) // as [http.ProxyFromEnvironment]
	Now       func() time.Time                      // the clock of the machine, which is checked too
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
	{"version", nil, func(e *exam, _ context.Context) Finding { return ok(e.Version) }},
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
	usable  func(*engine.Tool) bool
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
	e := &exam{Options: o, report: &Report{OK: true, Version: o.Version}, roots: map[string]string{}, refused: map[string]answer{}}
	e.api = e.client(e.Host)
	defer e.api.CloseIdle()
	for _, c := range checks {
		f, root := Finding{}, ""
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

func (e *exam) rules(context.Context) Finding {
	err := e.RulesErr
	if unknown := e.Catalogue.CheckSelection(e.Selection); err == nil && unknown != nil {
		err = fmt.Errorf("--%w", unknown)
	}
	if err != nil {
		return failed(err.Error(), "correct it: the server does not start like this")
	}
	return ok(cmp.Or(strings.Join(e.Rules, " "), "none; every tool is offered"))
}

func (e *exam) key(context.Context) Finding {
	if e.KeySource.Err != nil {
		next := "make a personal API key at " + e.keyPage() + " and set POSTHOG_PERSONAL_API_KEY"
		if e.ByLogin {
			next = e.loginAgain()
		}
		return failed(e.KeySource.Err.Error(), next)
	}
	kind, what, secret := "personal_api_key", "a personal API key", e.Key.Reveal()
	if e.Key.OAuth() {
		kind, what = "oauth_access_token", "an OAuth access token"
	}
	// The prefix and the length tell keys apart, and are not secret.
	prefix := ""
	if strings.HasPrefix(secret, "phx_") || strings.HasPrefix(secret, "pha_") {
		prefix = secret[:len("phx_")]
	}
	e.report.Key = &KeyFacts{From: e.KeySource.From, Kind: kind, Shown: fmt.Sprintf("%s… (%d characters)", prefix, len(secret))}
	return ok(what + " (" + e.KeySource.From + ")")
}

func (e *exam) host(context.Context) Finding {
	from := " (" + e.HostSource.From + ")"
	switch {
	case e.HostSource.Err != nil:
		return failed(e.HostSource.Err.Error(), "set POSTHOG_HOST to us, eu, or the address of your own PostHog")
	case e.Base != nil:
		return ok("the embedded sandbox" + from)
	}
	address := e.Host.String()
	e.report.Host = &HostFacts{URL: address, From: e.HostSource.From}
	if region := e.region(); region != "" {
		e.report.Host.Region = region
		return ok(address + ", PostHog Cloud " + strings.ToUpper(region) + from)
	}
	if posthog.InClear(e.Host) {
		return warning(address+from+": the key and all data travel in clear", "use https:// if this PostHog has it")
	}
	return ok(address + from)
}

// keyPage is the page of PostHog for personal API keys.
func (e *exam) keyPage() string {
	host := "https://us.posthog.com"
	if e.Host != nil {
		host = e.Host.String()
	}
	return host + "/settings/user-api-keys"
}
