package doctor

import (
	"context"
	"fmt"
	"strings"

	"posthog-mcp/transport/posthog"
)

// The kinds of key, in JSON and for people.
const (
	personalKey = "personal_api_key"
	oauthToken  = "oauth_access_token"

	logIn = "run posthog-mcp login"
)

func (e *exam) version(context.Context) Finding {
	e.report.Version = e.Version
	return ok(e.Version)
}

// rules are the server's own limits: what they switch off is not missing.
func (e *exam) rules(context.Context) Finding {
	if e.RulesErr != nil {
		return failed(e.RulesErr.Error(), "correct it: the server does not start like this")
	}
	if err := e.Catalogue.CheckSelection(e.Selection); err != nil {
		return failed("--"+err.Error(), "correct it: the server does not start like this")
	}
	if len(e.Rules) == 0 {
		return ok("none; every tool is offered")
	}
	return ok(strings.Join(e.Rules, " "))
}

// key looks at the key's form; whether it opens anything, PostHog says.
func (e *exam) key(context.Context) Finding {
	if e.KeySource.Err != nil {
		next := "make a personal API key at " + e.keyPage() + " and set POSTHOG_PERSONAL_API_KEY"
		if e.ByLogin {
			next = logIn
		}
		return failed(e.KeySource.Err.Error(), next)
	}
	facts := &KeyFacts{From: e.KeySource.From, Kind: personalKey, Shown: e.outline()}
	what := "a personal API key"
	if e.Key.OAuth() {
		facts.Kind, what = oauthToken, "an OAuth access token"
	}
	e.report.Key = facts
	return okf("%s (%s)", what, facts.From)
}

// outline is the key's kind and size: enough to see a mix-up, and no part of
// what is secret in it.
func (e *exam) outline() string {
	secret, prefix := e.Key.Reveal(), ""
	for _, known := range []string{"phx_", "pha_"} {
		if strings.HasPrefix(secret, known) {
			prefix = known
		}
	}
	return fmt.Sprintf("%s… (%d characters)", prefix, len(secret))
}

func (e *exam) host(context.Context) Finding {
	if e.HostSource.Err != nil {
		return failed(e.HostSource.Err.Error(), "set POSTHOG_HOST to us, eu, or the address of your own PostHog")
	}
	if e.Base != nil {
		return okf("the embedded sandbox (%s)", e.HostSource.From)
	}
	facts := &HostFacts{URL: e.Host.String(), From: e.HostSource.From}
	e.report.Host = facts
	if r := e.region(e.Host); r != nil {
		facts.Region = r.Name
		return okf("%s, PostHog Cloud %s (%s)", facts.URL, strings.ToUpper(r.Name), facts.From)
	}
	if posthog.InClear(e.Host) {
		return warning(fmt.Sprintf("%s (%s): the key and all data travel in clear", facts.URL, facts.From), "use https:// if this PostHog has it")
	}
	return okf("%s (%s)", facts.URL, facts.From)
}

// keyPage is where people make and change personal API keys.
func (e *exam) keyPage() string {
	host := "https://us.posthog.com"
	if e.Host != nil {
		host = e.Host.String()
	}
	return host + "/settings/user-api-keys"
}
