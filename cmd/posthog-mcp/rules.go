package main

import (
	"posthog-mcp/tools"
	"posthog-mcp/tools/recipient"
)

// selectionFlags choose the tools.
type selectionFlags struct {
	ReadOnly     bool     `group:"Rules" help:"Offer only tools that read."`
	Toolsets     []string `group:"Rules" placeholder:"NAME" help:"Offer these groups of tools alone: subscriptions, users, sharing, lookup."`
	Tools        []string `group:"Rules" placeholder:"TOOL" help:"Offer these tools alone, besides those of --toolsets."`
	ExcludeTools []string `group:"Rules" placeholder:"TOOL" help:"Leave these tools out."`
}

func (f selectionFlags) selection() tools.Selection {
	return tools.Selection{ReadOnly: f.ReadOnly, Toolsets: f.Toolsets, Tools: f.Tools, Exclude: f.ExcludeTools}
}

// ruleFlags are an operator's limits, shared by the commands that call PostHog.
type ruleFlags struct {
	selectionFlags
	AllowEmailDomains  []string `group:"Rules" placeholder:"DOMAIN" help:"Mail to these domains alone; *.example.com for subdomains, any for all."`
	AllowSlackChannels []string `group:"Rules" placeholder:"ID" help:"Send to these Slack channels alone, by their ids; any for all."`
	AllowWebhookHosts  []string `group:"Rules" placeholder:"HOST" help:"Allow webhooks of these hosts alone; any for all."`
	AllowTeamsHosts    []string `group:"Rules" placeholder:"HOST" help:"Allow Teams webhooks of these hosts alone; any for all."`
	DenyAccountChanges bool     `group:"Rules" help:"Refuse changes of email, password, staff rights and current project, and deletions of accounts."`
}

// rules checks the limits, with the names of tools in them. Rules with a wrong name are
// returned beside the error.
func (f ruleFlags) rules(catalogue *tools.Catalogue) (tools.Rules, error) {
	allowed, err := recipient.New(recipient.Rules{
		EmailDomains: f.AllowEmailDomains, SlackChannels: f.AllowSlackChannels, WebhookHosts: f.AllowWebhookHosts,
		TeamsHosts: f.AllowTeamsHosts,
	})
	if err != nil {
		return tools.Rules{}, usage("--allow-*: %v", err)
	}
	rules := tools.Rules{Selection: f.selection(), Recipients: allowed, DenyAccountChanges: f.DenyAccountChanges}
	if err := catalogue.CheckSelection(rules.Selection); err != nil {
		return rules, usage("--%v", err)
	}
	return rules, nil
}
