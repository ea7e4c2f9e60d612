package doctor

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"
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

// A refusal is why one sort of data cannot be read.
type refusal struct {
	status int
	why    string
}

// data reads what the key has scopes for: a member's rights, an organization's
// ban on keys and a plan show there, and nowhere else.
func (e *exam) data(ctx context.Context) Finding {
	var fine, wrong []string
	tried := 0
	for _, r := range readings {
		if !e.may(r.object + ":read") {
			continue
		}
		a := e.read(ctx, e.projectPath()+r.path, r.query, "count")
		switch name := r.object + "s"; {
		case a.lacksScope(): // of a key whose scopes are not told
			continue
		case a.ok():
			fine = append(fine, name)
		default:
			e.refused[r.object] = refusal{a.status, a.why()}
			if a.status != http.StatusPaymentRequired {
				wrong = append(wrong, name+": "+a.why())
			}
		}
		tried++
	}
	const next = "look at what the key's owner may see in PostHog, or use another key"
	switch {
	case tried == 0:
		return skipped("because the key may not read any")
	case len(wrong) == 0 && len(fine) == 0:
		return warning("nothing can be read on this plan", "")
	case len(wrong) == 0:
		return okf("%s can be read", and(fine))
	case len(fine) == 0:
		return failed(strings.Join(wrong, "; "), next)
	}
	return warning(strings.Join(wrong, "; ")+"; "+and(fine)+" can be read", next)
}

// plan says which paid features there are, as far as the calls so far tell.
func (e *exam) plan(context.Context) Finding {
	facts := &PlanFacts{}
	e.report.Plan = facts
	var have []string
	add := func(what string, has bool) *bool {
		answer := "no "
		if has {
			answer = ""
		}
		have = append(have, answer+what)
		return &has
	}
	gate, refused := e.refused["subscription"]
	if e.may("subscription:read") && (!refused || gate.status == http.StatusPaymentRequired) {
		facts.Subscriptions = add("subscriptions", !refused)
	}
	if organization := e.organization(); organization.Exists() {
		facts.SharingPasswords = add("passwords for shared recordings", hasFeature(organization, "access_control", "advanced_permissions"))
		facts.AISummaries = add("AI summaries", organization.Get("is_ai_data_processing_approved").Bool())
	}
	switch {
	case len(have) == 0:
		e.report.Plan = nil
		return skipped("because the key may not read what tells it")
	case refused && gate.status == http.StatusPaymentRequired:
		return warning("no subscriptions: "+gate.why, "the organization's billing decides; without it the subscription tools do not work")
	}
	return ok(and(have))
}

// organization is the owner's, where it has the project: the owner may be a
// member of others too.
func (e *exam) organization() gjson.Result {
	p := e.report.Project
	if p == nil {
		return gjson.Result{}
	}
	for _, team := range e.me.Get("organization.teams").Array() {
		if team.Get("id").Int() == p.ID {
			return e.me.Get("organization")
		}
	}
	return gjson.Result{}
}

// hasFeature tells whether the plan has one of the features, which have had
// several names.
func hasFeature(organization gjson.Result, names ...string) bool {
	for _, feature := range organization.Get("available_product_features").Array() {
		for _, name := range names {
			if feature.Get("key").String() == name {
				return true
			}
		}
	}
	return false
}

func plural(n int, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, one)
	}
	return fmt.Sprintf("%d %s", n, many)
}

// and joins words as a sentence does.
func and(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
