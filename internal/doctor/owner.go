package doctor

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// wanted are the members that are read of the key's owner. The rest of the answer holds
// tokens of projects.
var wanted = []string{
	"first_name", "last_name", "email", "team.id", "team.name", "team.timezone",
	"organization.id", "organization.name", "organization.teams.id", "organization.teams.name", "organization.teams.timezone",
	"organizations.id", "organizations.name",
}

// owner says whose key it is, with few details: people paste reports into tickets.
func (e *exam) owner(ctx context.Context) Finding {
	const lacks = "because the key has no user:read, which only this needs"
	if !e.may("user:read") {
		return skipped(lacks)
	}
	a := e.whoami(ctx)
	switch {
	case a.lacksScope():
		return skipped(lacks)
	case !a.ok():
		return warning("PostHog did not say whose the key is: "+a.why(), "")
	}
	// The first name, the first letter of the last name, and the domain of the address.
	name := text(a.body.Get("first_name"))
	if last := []rune(text(a.body.Get("last_name"))); len(last) > 0 {
		name = strings.TrimSpace(name + " " + string(last[0]) + ".")
	}
	_, domain, _ := strings.Cut(text(a.body.Get("email")), "@")
	e.report.Owner = &OwnerFacts{Name: name, Email: "…@" + domain}
	return ok(name + " (…@" + domain + ")")
}

// whoami asks about the key's owner, once.
func (e *exam) whoami(ctx context.Context) answer {
	if e.me.status == 0 && e.me.err == nil {
		e.me = e.read(ctx, "/api/users/@me/", "", wanted...)
	}
	return e.me
}

// project finds the project of calls without project_id.
func (e *exam) project(ctx context.Context) Finding {
	if err := e.ProjectSource.Err; err != nil {
		return failed(err.Error(), "set POSTHOG_PROJECT_ID to a project's number, or unset it")
	}
	name := "the project that the key's owner has open"
	if e.Project != "" {
		name = "project " + e.Project
	}
	if only := e.report.Key.Projects; e.Project != "" && len(only) > 0 && !slices.Contains(only, e.Project) {
		return failed(name+" is not one that the key is for", e.otherProjects())
	}
	if !e.may("project:read") {
		return e.projectOfOwner(name)
	}
	a := e.read(ctx, e.projectPath(), "", "id", "name", "organization", "timezone")
	switch {
	case a.ok():
		organization := e.me.body.Get(fmt.Sprintf("organizations.#(id==%q).name", a.body.Get("organization")))
		if !organization.Exists() {
			organization = a.body.Get("organization")
		}
		return e.foundProject(a.body, organization)
	case a.lacksScope():
		return e.projectOfOwner(name)
	case a.status == http.StatusForbidden && strings.Contains(a.detail(), "does not allow using personal API keys"):
		return failed(a.why(), "ask an admin of the organization to allow personal API keys; an admin's own key works")
	case a.status == http.StatusForbidden, a.status == http.StatusNotFound:
		return failed(name+" is out of the key's reach: "+a.why(), e.otherProjects())
	}
	return failed(name+" could not be read: "+a.why(), later)
}

// projectOfOwner takes the project from the answer about the key's owner, for a key
// without project:read.
func (e *exam) projectOfOwner(name string) Finding {
	id := cmp.Or(e.Project, e.me.body.Get("team.id").String())
	for _, team := range append(e.me.body.Get("organization.teams").Array(), e.me.body.Get("team")) {
		if id != "" && team.Get("id").String() == id {
			return e.foundProject(team, e.me.body.Get("organization.name"))
		}
	}
	return skipped("because the key has no project:read to tell the name of " + name)
}

func (e *exam) foundProject(p, organization gjson.Result) Finding {
	facts := &ProjectFacts{
		ID: p.Get("id").Int(), Name: text(p.Get("name")), Organization: text(organization),
		Timezone: text(p.Get("timezone")), From: e.ProjectSource.From,
	}
	e.report.Project = facts
	detail := fmt.Sprintf("%d %q", facts.ID, facts.Name)
	if facts.Organization != "" {
		detail += " of " + facts.Organization
	}
	if facts.Timezone != "" {
		detail += ", times in " + facts.Timezone
	}
	f := ok(detail + " (" + facts.From + ")")
	if e.Project == "" {
		f.Next = fmt.Sprintf("POSTHOG_PROJECT_ID=%d keeps it; without, it changes when the key's owner opens another", facts.ID)
	}
	return f
}

// otherProjects names up to five projects to choose from.
func (e *exam) otherProjects() string {
	refused, only := cmp.Or(e.Project, e.me.body.Get("team.id").String()), e.report.Key.Projects
	var others []string
	for _, team := range e.me.body.Get("organization.teams").Array() {
		if id := team.Get("id").String(); id != refused && (len(only) == 0 || slices.Contains(only, id)) {
			others = append(others, id+" ("+text(team.Get("name"))+")")
		}
	}
	if len(others) == 0 { // the owner is unknown, or in another organization
		others = slices.DeleteFunc(slices.Clone(only), func(id string) bool { return id == refused })
	}
	words := strings.Join(others[:min(len(others), 5)], " or ")
	return "set POSTHOG_PROJECT_ID to " + cmp.Or(words, "a project that the key's owner may see")
}

// projectPath is the beginning of every route of the project's data.
func (e *exam) projectPath() string {
	return "/api/projects/" + cmp.Or(e.Project, "@current") + "/"
}
