package main

import (
	"log/slog"

	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/recipient"
	"posthog-mcp/tools/seal"
	"posthog-mcp/transport"
	"posthog-mcp/transport/audit"
	"posthog-mcp/transport/scopes"
)

// ruleFlags are an operator's limits, shared by the commands that call PostHog.
type ruleFlags struct {
	ReadOnly           bool     `group:"Rules" help:"Offer only tools that read."`
	Toolsets           []string `group:"Rules" placeholder:"NAME" help:"Offer these groups of tools alone: subscriptions, users, sharing, lookup."`
	Tools              []string `group:"Rules" placeholder:"TOOL" help:"Offer these tools alone, besides those of --toolsets."`
	ExcludeTools       []string `group:"Rules" placeholder:"TOOL" help:"Leave these tools out."`
	AllowEmailDomains  []string `group:"Rules" placeholder:"DOMAIN" help:"Mail to these domains alone; *.example.com for subdomains, any for all."`
	AllowSlackChannels []string `group:"Rules" placeholder:"ID" help:"Send to these Slack channels alone, by their ids; any for all."`
	AllowWebhookHosts  []string `group:"Rules" placeholder:"HOST" help:"Allow webhooks of these hosts alone; any for all."`
	AllowTeamsHosts    []string `group:"Rules" placeholder:"HOST" help:"Allow Teams webhooks of these hosts alone; any for all."`
	DenyAccountChanges bool     `group:"Rules" help:"Refuse changes of email, password, staff rights and current project, and deletions of accounts."`
}

// rules are the limits, checked but for the names of tools.
func (f ruleFlags) rules() (tools.Rules, error) {
	allowed, err := recipient.New(recipient.Rules{
		EmailDomains: f.AllowEmailDomains, SlackChannels: f.AllowSlackChannels, WebhookHosts: f.AllowWebhookHosts,
		TeamsHosts: f.AllowTeamsHosts,
	})
	if err != nil {
		return tools.Rules{}, usage("--allow-*: %v", err)
	}
	return tools.Rules{
		Selection:  tools.Selection{ReadOnly: f.ReadOnly, Toolsets: f.Toolsets, Tools: f.Tools, Exclude: f.ExcludeTools},
		Recipients: allowed, DenyAccountChanges: f.DenyAccountChanges,
	}, nil
}

// serverFlags are shared by the commands that speak MCP.
type serverFlags struct {
	Schema       string `enum:"auto,standard,portable" default:"auto" help:"Dialect of the tools' schemas: standard, portable for clients that refuse type unions, or auto: by the client's name."`
	Confirm      string `group:"Rules" enum:"off,destructive,sends" default:"off" help:"Writes that a person has to agree to: those that cannot be taken back (destructive), or those and all that send messages (sends)."`
	StateKey     string `group:"Rules" placeholder:"FILE" help:"File with a secret of 32 bytes or more, for confirmations that hold on every replica and after a restart; yours alone. FILE.used beside it remembers which were used."`
	Audit        string `group:"Rules" placeholder:"FILE" help:"Append one JSON line per write to this file."`
	ShortNames   bool   `help:"List tools whose names have more than 40 characters under a shorter alias; some clients put more than 20 before a name."`
	HideUnusable bool   `help:"List only the tools that the key's scopes allow; asks PostHog for them."`
}

// options gathers what an MCP server is made of. used is where replicas remember
// confirmations; nil for none.
func (f serverFlags) options(compiled compiling, box *tools.Toolbox, used seal.Store, log *slog.Logger) (o transport.Options, err error) {
	o = transport.Options{Toolbox: box, ShortNames: f.ShortNames, Logger: log}
	if f.Confirm != "off" {
		box.Confirm = tools.Confirm(f.Confirm)
		if box.Seal, err = f.sealer(used, log); err != nil {
			return o, err
		}
	}
	if o.Catalogue, err = compiled.confirmed(box.Confirm != tools.ConfirmOff); err != nil {
		return o, err
	}
	if err := o.Catalogue.CheckSelection(box.Rules.Selection); err != nil {
		return o, usage("--%v", err)
	}
	if f.Schema != "auto" {
		o.Profile = schema.Profile(f.Schema)
	}
	if f.HideUnusable {
		key, _ := keyFromEnv() // checked before, where it is used at all
		o.Usable = scopes.New(box.API, key).Usable
	}
	if f.Audit != "" {
		if o.Audit, err = audit.Open(f.Audit, log); err != nil {
			return o, usage("--audit: %v", err)
		}
	}
	return o, nil
}
