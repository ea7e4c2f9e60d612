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
