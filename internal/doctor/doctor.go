// Package doctor looks once at everything between an agent and PostHog, and
// says what is in order, what is not, and what to do about it. It only reads,
// and makes at most eight requests, retries aside.
package doctor

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
)

// Options are what is looked at: the settings as they were read, right or
// wrong.
type Options struct {
	// Version is the program's, for people.
	Version   string
	Catalogue *tools.Catalogue

	// Key is what PostHog is called with, Host where it is, and Project the
	// number of the project, empty for the one that the key's owner has open.
	Key     posthog.Key
	Host    *url.URL
	Project string
	// The sources say where each came from, and why there is none.
	KeySource, HostSource, ProjectSource Source
	// ByLogin says that the key is the token of posthog-mcp login.
	ByLogin bool

	// Selection is which tools the server is set to offer, Rules all of its
	// limits, as flags, and RulesErr what is wrong with them.
	Selection tools.Selection
	Rules     []string
	RulesErr  error

	// Timeout bounds the whole look.
	Timeout time.Duration
	// Base is a PostHog in this process, whatever Host is; nil is the network.
	Base http.RoundTripper
	// Regions are the hosts that a key may belong to instead; nil is PostHog
	// Cloud. The key is sent to no host but these and Host, and to these only
	// where Host is one of them.
	Regions []Region
	// Proxy names the proxy of a request; nil is the environment's.
	Proxy func(*http.Request) (*url.URL, error)
	// Getenv reads the variables that choose certificates; nil is the
	// process's environment.
	Getenv func(string) string
	// Now is the machine's clock, which is also looked at; nil is time.Now.
	Now func() time.Time
	// Logger and UserAgent are those of [posthog.Options].
	Logger    *slog.Logger
	UserAgent string
}

// A Source is where a setting came from, in words for people, and why it cannot
// be used.
type Source struct {
	From string
	Err  error
}

// checks are all of them, in the order in which things can go wrong. Each needs
// other checks to have succeeded.
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

// exam is one look, and what was learned so far.
type exam struct {
	Options
	report *Report
	api    *posthog.Client
	// usable tells which tools the key's scopes allow; nil where PostHog does
	// not tell.
	usable func(*tools.Tool) bool
	// me is PostHog's answer about the key's owner.
	me gjson.Result
	// asked is that answer whole, once it was asked for.
	asked *answer
	// lost tells that the project is out of reach.
	lost bool
	// refused has, by object of a scope, what reading such objects met.
	refused map[string]answer
}

// Examine takes the look. It ends when ctx does, or after the timeout.
func Examine(ctx context.Context, o Options) *Report {
	ctx, cancel := context.WithTimeout(ctx, o.Timeout)
	defer cancel()
	e := &exam{Options: o.complete(), report: &Report{}, refused: map[string]answer{}}
	e.api = e.client(e.Host)
	defer e.api.CloseIdle()

	// roots are the failed checks, by the checks that could not succeed without.
	roots := map[string]string{}
	for _, c := range checks {
		var f Finding
		for _, need := range c.needs {
			roots[c.name] = cmp.Or(roots[c.name], roots[need])
		}
		if root := roots[c.name]; root != "" {
			f = skipped("because " + root + " failed")
		} else if f = c.run(e, ctx); f.State == Failed {
			roots[c.name] = c.name
		}
		e.lost = roots["project"] != ""
		f.Check, f.Detail, f.Next = c.name, clean(f.Detail), clean(f.Next)
		e.report.Checks = append(e.report.Checks, f)
	}
	e.report.OK = e.report.count(Failed) == 0
	return e.report
}

func (o Options) complete() Options {
	if o.Base != nil { // it has no address
		o.Host, o.HostSource.Err = &url.URL{Scheme: "http", Host: "sandbox"}, nil
	}
	given := o.Regions != nil
	for _, name := range []string{"us", "eu"} {
		if host, err := posthog.ParseHost(name, false); err == nil && !given {
			o.Regions = append(o.Regions, Region{name, host})
		}
	}
	if o.Proxy == nil {
		o.Proxy = http.ProxyFromEnvironment
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
