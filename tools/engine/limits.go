package engine

import (
	"fmt"
	"strings"
)

// Limits are what an operator allows one caller, beside the [Rules] that hold
// for all of them. The zero value has none.
type Limits struct {
	Selection
	// Project, digits, is the only project that the caller may touch, and the
	// one of calls that name none; empty for any. What belongs to no project,
	// such as an account, is then not offered.
	Project string
}

func (l Limits) isZero() bool { return l.Project == "" && l.Selection.isZero() }

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
