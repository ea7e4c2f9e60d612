package doctor

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"posthog-mcp/transport/posthog"
)

func (e *exam) version(context.Context) Finding {
	e.report.Version = e.Version
	return ok(e.Version)
}

// rules checks the server's own limits.
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

// key checks the form of the key.
func (e *exam) key(context.Context) Finding {
	if e.KeySource.Err != nil {
		next := "make a personal API key at " + e.keyPage() + " and set POSTHOG_PERSONAL_API_KEY"
		if e.ByLogin {
			next = e.loginAgain()
		}
		return failed(e.KeySource.Err.Error(), next)
	}
	facts, what := &KeyFacts{From: e.KeySource.From, Kind: "personal_api_key"}, "a personal API key"
	if e.Key.OAuth() {
		facts.Kind, what = "oauth_access_token", "an OAuth access token"
	}
	// The prefix and the length tell keys apart, and are not secret.
	secret, prefix := e.Key.Reveal(), ""
	for _, known := range []string{"phx_", "pha_"} {
		if strings.HasPrefix(secret, known) {
			prefix = known
		}
	}
	facts.Shown = fmt.Sprintf("%s… (%d characters)", prefix, len(secret))
	e.report.Key = facts
	return okf("%s (%s)", what, facts.From)
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
	if r := e.region(); r != nil {
		facts.Region = r.Name
		return okf("%s, PostHog Cloud %s (%s)", facts.URL, r.title(), facts.From)
	}
	if posthog.InClear(e.Host) {
		return warning(fmt.Sprintf("%s (%s): the key and all data travel in clear", facts.URL, facts.From), "use https:// if this PostHog has it")
	}
	return okf("%s (%s)", facts.URL, facts.From)
}

// keyPage is the page of PostHog for personal API keys.
func (e *exam) keyPage() string {
	host := "https://us.posthog.com"
	if e.Host != nil {
		host = e.Host.String()
	}
	return host + "/settings/user-api-keys"
}
