package doctor

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"posthog-mcp/tools"
)

// A reading is a cheap read of one sort of data.
type reading struct {
	// object is what scopes call it.
	object, path, query string
}

// readings are those that most tools rest on.
var readings = []reading{
	{"subscription", "subscriptions/", "limit=1"},
	{"dashboard", "dashboards/", "limit=1"},
	{"insight", "insights/", "basic=true&limit=1"}, // without basic, PostHog computes it
	{"integration", "integrations/", "limit=1"},
}

// tryOut reads what the key has scopes for: a member's rights, an organization's
// ban on keys and a plan show there, and nowhere else. It returns what was
// refused, and why, in words.
func (e *exam) tryOut(ctx context.Context) (refused []string) {
	for _, r := range readings {
		if e.lost || !e.may(r.object+":read") {
			continue
		}
		a := e.read(ctx, e.projectPath()+r.path, r.query, "count")
		if a.ok() || a.lacksScope() { // of a key whose scopes are not told
			continue
		}
		e.refused[r.object] = a
		refused = append(refused, r.object+"s: "+a.why())
	}
	return refused
}

// tools says of each tool whether it works.
func (e *exam) tools(ctx context.Context) Finding {
	refused := e.tryOut(ctx)
	n := map[ToolState]int{}
	var missing []string
	for _, t := range e.Catalogue.Tools() {
		state := e.state(t)
		n[state]++
		e.report.Tools = append(e.report.Tools, Tool{t.Name, state, t.Scope})
		if state == MissingScope && !slices.Contains(missing, t.Scope) {
			missing = append(missing, t.Scope)
		}
	}
	f := e.counted(n, missing)
	if len(refused) > 0 {
		f.Detail += "; " + strings.Join(refused, "; ")
		f.Next = cmp.Or(f.Next, "look at what the key's owner may see in PostHog, and at the organization's plan")
		if f.State == OK {
			f.State = Warning
		}
	}
	return f
}

// counted is the finding, by how many tools are in which state.
func (e *exam) counted(n map[ToolState]int, missing []string) Finding {
	offered := len(e.report.Tools) - n[SwitchedOff]
	detail := fmt.Sprintf("%d of %s", n[Works], plural(offered, "tool works", "tools work")) + others(n)
	switch {
	case n[Unknown] > 0:
		return warning("which of them the key can use is not known", "try the one that you need: posthog-mcp call TOOL")
	case n[Works] == 0 && n[MissingScope] > 0:
		return failed(detail+"; the key lacks "+and(missing), e.grant(missing))
	case n[MissingScope] > 0:
		return warning(detail+"; the key lacks "+and(missing), e.grant(missing))
	case n[Works] == 0 && offered > 0:
		return failed(detail, "")
	case n[NoProject] > 0:
		return warning(detail, "")
	}
	return ok(detail)
}

// others says in brackets what the rest of the tools wait for, scopes aside.
func others(n map[ToolState]int) string {
	var parts []string
	for _, g := range groups {
		if g.waits != "" && n[g.state] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n[g.state], g.waits))
		}
	}
	if parts == nil {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// state is the first thing that keeps the tool from working.
func (e *exam) state(t *tools.Tool) ToolState {
	object, _, _ := strings.Cut(t.Scope, ":")
	met, refused := e.refused[object]
	switch {
	case !e.Selection.Offers(t):
		return SwitchedOff
	case t.Scope == "":
		return BrowserSession
	case e.usable == nil:
		return Unknown
	case !e.usable(t):
		return MissingScope
	case e.lost && strings.HasPrefix(t.Route, "/api/projects/:project_id/"):
		return NoProject
	case refused && met.status == http.StatusPaymentRequired:
		return PlanLacks
	case refused:
		return Refused
	}
	return Works
}

// grant is how the key gets the scopes.
func (e *exam) grant(scopes []string) string {
	what := "the scope " + scopes[0]
	if len(scopes) > 1 {
		what = "those of them that you want to use"
	}
	if e.Key.OAuth() {
		return e.logInAgain() + ", and allow " + what
	}
	return "add " + what + " at " + e.keyPage()
}
