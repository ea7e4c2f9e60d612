package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"posthog-mcp/tools/recipient"
)

// Selection is which of the tools are offered. The zero value offers all.
type Selection struct {
	ReadOnly bool // leaves out what changes or sends something
	// Toolsets and Tools, where one of them is given, are what is offered
	// alone: the tools of these groups, and these tools.
	Toolsets, Tools []string
	Exclude         []string // tools to leave out
}

// The settings of a selection, by the names of their flags.
const (
	SettingReadOnly = "read-only"
	SettingToolsets = "toolsets"
	SettingTools    = "tools"
	SettingExclude  = "exclude-tools"
)

// Limits are what an operator allows one caller. The zero value has none.
type Limits struct {
	Selection
	// Project, digits, is the only project that the caller may touch, and the
	// one of calls that name none; empty for any. What belongs to no project,
	// such as an account, is then not offered.
	Project string
}

// Rules are what an operator allows every caller. They are enforced before anything is
// sent. The zero value has none.
type Rules struct {
	Selection
	// Recipients are where messages may go; nil allows every place.
	Recipients *recipient.Allow
	// DenyAccountChanges refuses calls that change how a person signs in, or which
	// project and organization they have open, and the deletion of an account.
	DenyAccountChanges bool
}

// Offers tells whether the tool is one of those selected.
func (s Selection) Offers(t *Tool) bool { return s.refuses(t) == "" }

// refuses names the setting that leaves the tool out; empty when none does.
func (s Selection) refuses(t *Tool) string {
	switch {
	case s.ReadOnly && t.Effect != Read:
		return SettingReadOnly
	case t.isIn(s.Exclude):
		return SettingExclude
	case len(s.Toolsets)+len(s.Tools) == 0, slices.Contains(s.Toolsets, t.Toolset), t.isIn(s.Tools):
		return ""
	case len(s.Toolsets) > 0:
		return SettingToolsets
	}
	return SettingTools
}

// CheckSelection refuses names that are none of the catalogue's, and tells the nearest.
func (c *Catalogue) CheckSelection(s Selection) error {
	var names, toolsets []string
	for _, t := range c.tools {
		names, toolsets = append(names, t.Name, t.ShortName()), append(toolsets, t.Toolset)
	}
	for _, part := range []struct {
		setting, what string
		given, known  []string
	}{
		{SettingToolsets, "toolset", s.Toolsets, toolsets},
		{SettingTools, "tool", s.Tools, names},
		{SettingExclude, "tool", s.Exclude, names},
	} {
		for _, name := range part.given {
			if !slices.Contains(part.known, name) {
				nearest := slices.MinFunc(part.known, func(a, b string) int {
					return levenshtein.ComputeDistance(name, a) - levenshtein.ComputeDistance(name, b)
				})
				return fmt.Errorf("%s: unknown %s %.60q; did you mean %q?", part.setting, part.what, name, nearest)
			}
		}
	}
	return nil
}

// Scopes are what a key needs for all the tools that every caller is offered, sorted.
func (b *Toolbox) Scopes(c *Catalogue) (scopes []string) {
	for _, t := range c.tools {
		if t.Scope != "" && b.Offers(context.Background(), t) {
			scopes = append(scopes, t.Scope)
		}
	}
	slices.Sort(scopes)
	return slices.Compact(scopes)
}

// Offers tells whether a caller may see and call the tool.
func (b *Toolbox) Offers(ctx context.Context, t *Tool) bool { return b.denies(ctx, t) == nil }

// denies says why the tool is not offered; nil when it is.
func (b *Toolbox) denies(ctx context.Context, t *Tool) *Refusal {
	caller := CallerOf(ctx)
	byRules, byLimits, byCaller := b.Rules.refuses(t), caller.Limits.refuses(t), caller.Selection.refuses(t)
	switch {
	case byRules != "":
		return denied("%s is switched off here: the server runs with --%s.", t.Name, byRules)
	case byLimits != "":
		return denied("%s is switched off for your token, by its limit %q.", t.Name, strings.ReplaceAll(byLimits, "-", "_"))
	case caller.Limits.Project != "" && t.Schema.Field("project_id") == nil:
		return denied("%s belongs to no project, and your token is for project %s alone.", t.Name, caller.Limits.Project)
	case byCaller != "":
		e := denied("%s is switched off for this connection by its own setting %q.", t.Name, strings.ReplaceAll(byCaller, "-", "_"))
		e.Hint = "Nothing was sent to PostHog. Who configured this client can change that, in its URL or headers."
		return e
	}
	return nil
}

// deniesProject refuses a call of another project than the caller's only one.
// @current is another: it is what the key's owner has open, and may change.
func (l Limits) deniesProject(project string) *Refusal {
	if l.Project == "" || project == l.Project {
		return nil
	}
	e := denied("Your token is for project %s alone, not for project %s.", l.Project, project)
	e.Attr = "project_id"
	e.Hint += " Leave project_id out."
	return e
}

// rule is a rule about writes. A new one is a value in [rules], its setting in [Rules],
// and a flag that sets it.
type rule struct {
	// deny says why a write is refused; nil allows it.
	deny func(r Rules, p *Plan) *Refusal
	// planned tells whether the rule needs to know what a call of the tool comes to,
	// beside what is saved. Nil is for a rule about the arguments alone: it is asked
	// before anything is read, and of the plan it has the call.
	planned func(r Rules, t *Tool) bool
}

// rules are all of them, in the order in which they are asked.
var rules = []rule{
	{deny: Rules.denyChange},
	{deny: Rules.denyRecipient, planned: Rules.judgesRecipients},
}

// forbids refuses a write by the rules that need a plan, or by the others.
func (r Rules) forbids(p *Plan, planned bool) (refusal *Refusal) {
	for _, rule := range rules {
		if refusal == nil && planned == (rule.planned != nil) {
			refusal = rule.deny(r, p)
		}
	}
	return refusal
}

// plans tells whether a rule needs the tool's calls to be planned.
func (r Rules) plans(t *Tool) bool {
	return slices.ContainsFunc(rules, func(rule rule) bool { return rule.planned != nil && rule.planned(r, t) })
}

// denyChange refuses changes of an account, where they are switched off.
func (r Rules) denyChange(p *Plan) *Refusal {
	if changes := p.Tool.Write.AccountChanges; r.DenyAccountChanges && changes != nil {
		if what := changes(p.Args); len(what) > 0 {
			return denied("Changing an account is switched off here (--deny-account-changes): %s.", strings.Join(what, ", "))
		}
	}
	return nil
}

func (r Rules) judgesRecipients(t *Tool) bool { return t.MayNotify() && r.Recipients.Restricts() }

// denyRecipient refuses a plan whose messages would go where they may not. A call
// that only ends deliveries is always allowed.
func (r Rules) denyRecipient(p *Plan) *Refusal {
	if p.Stops || p.Target == (recipient.Target{}) {
		return nil
	}
	if err := r.Recipients.Check(p.Target.Kind, p.Target.Value); err != nil {
		return denied("Denied: %s.", strings.TrimSuffix(err.Error(), "."))
	}
	return nil
}

// denied is a refusal of the operator's.
func denied(format string, values ...any) *Refusal {
	return refuse("denied", fmt.Sprintf(format, values...), "Nothing was sent to PostHog. Only who runs this server can change that rule.", OutcomeDenied)
}
