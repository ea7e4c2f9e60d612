package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// Selection is which of the tools are offered. The zero value offers all.
type Selection struct {
	// ReadOnly leaves out what changes or sends something.
	ReadOnly bool
	// Toolsets and Tools, where one of them is given, are what is offered
	// alone: the tools of these groups, and these tools.
	Toolsets, Tools []string
	// Exclude are tools to leave out.
	Exclude []string
}

// The settings of a selection, by the names of their flags.
const (
	SettingReadOnly = "read-only"
	SettingToolsets = "toolsets"
	SettingTools    = "tools"
	SettingExclude  = "exclude-tools"
)

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

// CheckSelection refuses names that are none of the catalogue's, and says which
// is the nearest.
func (c *Catalogue) CheckSelection(s Selection) error {
	var names, toolsets []string
	for _, t := range c.tools {
		names = append(names, t.Name, t.ShortName())
		if !slices.Contains(toolsets, t.Toolset) {
			toolsets = append(toolsets, t.Toolset)
		}
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
				return fmt.Errorf("%s: unknown %s %.60q; did you mean %q?", part.setting, part.what, name, nearest(name, part.known))
			}
		}
	}
	return nil
}

func nearest(name string, known []string) string {
	return slices.MinFunc(known, func(a, b string) int {
		return levenshtein.ComputeDistance(name, a) - levenshtein.ComputeDistance(name, b)
	})
}

// Scopes are what a key needs for all the tools that every caller is offered,
// sorted.
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
	if setting := b.Rules.refuses(t); setting != "" {
		return denied(fmt.Sprintf("%s is switched off here: the server runs with --%s.", t.Name, setting))
	}
	if denied := CallerOf(ctx).Limits.deniesTool(t); denied != nil {
		return denied
	}
	if setting := CallerOf(ctx).Selection.refuses(t); setting != "" {
		return &Refusal{
			Code:   "denied",
			Detail: fmt.Sprintf("%s is switched off for this connection by its own setting %q.", t.Name, strings.ReplaceAll(setting, "-", "_")),
			Hint:   "Nothing was sent to PostHog. Who configured this client can change that, in its URL or headers.",
		}
	}
	return nil
}

// Limits are what an operator allows one caller, beside the [Rules] that hold
// for all of them. The zero value has none.
type Limits struct {
	Selection
	// Project, digits, is the only project that the caller may touch, and the
	// one of calls that name none; empty for any. What belongs to no project,
	// such as an account, is then not offered.
	Project string
}

// deniesTool says why the caller is not offered the tool; nil when they are.
func (l Limits) deniesTool(t *Tool) *Refusal {
	if setting := l.refuses(t); setting != "" {
		return denied(fmt.Sprintf("%s is switched off for your token, by its limit %q.", t.Name, strings.ReplaceAll(setting, "-", "_")))
	}
	if l.Project != "" && t.Schema.Field("project_id") == nil {
		return denied(fmt.Sprintf("%s belongs to no project, and your token is for project %s alone.", t.Name, l.Project))
	}
	return nil
}

// deniesProject refuses a call of another project than the caller's only one.
// @current is another: it is what the key's owner has open, and may change.
func (l Limits) deniesProject(project string) *Refusal {
	if l.Project == "" || project == l.Project {
		return nil
	}
	e := denied(fmt.Sprintf("Your token is for project %s alone, not for project %s.", l.Project, project))
	e.Attr = "project_id"
	e.Hint += " Leave project_id out."
	return e
}
