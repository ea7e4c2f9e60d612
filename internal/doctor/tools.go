package doctor

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"posthog-mcp/tools/engine"
)

// readings are cheap reads of the data that most tools need. object is the name in
// scopes.
var readings = []struct{ object, query string }{
	{"subscription", "limit=1"},
	{"dashboard", "limit=1"},
	{"insight", "basic=true&limit=1"}, // without basic, PostHog computes the insight
	{"integration", "limit=1"},
}

// tools says which tools work. It reads data for which the key has scopes: only that
// shows a member's rights, an organization's ban on keys and the plan.
func (e *exam) tools(ctx context.Context) Finding {
	var missing []string
	refused := ""
	for _, r := range readings {
		if e.roots["project"] != "" || !e.may(r.object+":read") {
			continue
		}
		a := e.read(ctx, e.projectPath()+r.object+"s/", r.query, "count")
		if !a.ok() && !a.lacksScope() { // of a key whose scopes are unknown
			e.refused[r.object] = a
			refused += "; " + r.object + "s: " + a.why()
		}
	}
	n := map[ToolState]int{}
	for _, t := range e.Catalogue.Tools() {
		state := e.state(t)
		n[state]++
		e.report.Tools = append(e.report.Tools, Tool{t.Name, state, t.Scope})
		if state == MissingScope && !slices.Contains(missing, t.Scope) {
			missing = append(missing, t.Scope)
		}
	}
	f := e.counted(n, missing)
	if refused != "" {
		f.Detail += refused
		f.Next = cmp.Or(f.Next, "look at what the key's owner may see in PostHog, and at the organization's plan")
		if f.State == OK {
			f.State = Warning
		}
	}
	return f
}

// counted is the finding for the numbers of tools in each state.
func (e *exam) counted(n map[ToolState]int, missing []string) Finding {
	offered, next := len(e.report.Tools)-n[SwitchedOff], ""
	detail := fmt.Sprintf("%d of %d tools work", n[Works], offered)
	for _, g := range groups[1 : len(groups)-1] {
		if n[g.state] > 0 {
			detail += fmt.Sprintf("; %d %s", n[g.state], g.title)
		}
	}
	if missing != nil {
		detail, next = detail+"; the key lacks "+strings.Join(missing, ", "), e.grant(missing)
	}
	switch {
	case n[Unknown] > 0:
		return warning("which of them the key can use is not known", "try the one that you need: posthog-mcp call TOOL")
	case n[Works] == 0 && offered > 0:
		return failed(detail, next)
	case n[MissingScope]+n[NoProject] > 0:
		return warning(detail, next)
	}
	return ok(detail)
}

// state is the first reason for which the tool does not work.
func (e *exam) state(t *engine.Tool) ToolState {
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
	case e.roots["project"] != "" && strings.HasPrefix(t.Route, "/api/projects/:project_id/"):
		return NoProject
	case refused && met.status == http.StatusPaymentRequired:
		return PlanLacks
	case refused:
		return Refused
	}
	return Works
}

// grant says how the key gets the scopes.
func (e *exam) grant(scopes []string) string {
	what := "the scope " + scopes[0]
	if len(scopes) > 1 {
		what = "those of them that you want to use"
	}
	if e.Key.OAuth() {
		return e.loginAgain() + ", and allow " + what
	}
	return "add " + what + " at " + e.keyPage()
}
