package doctor

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// wanted is what is read of the key's owner; the rest of the answer, with
// tokens of projects in it, is passed over.
var wanted = []string{
	"first_name", "last_name", "email", "team.id", "team.name", "team.timezone",
	"organization.id", "organization.name", "organization.teams.id", "organization.teams.name", "organization.teams.timezone",
	"organizations.id", "organizations.name",
}

// owner says whose key it is, in as few words as that person knows: reports are
// pasted into tickets.
func (e *exam) owner(ctx context.Context) Finding {
	if !e.may("user:read") {
		return skipped("because the key has no user:read, which only this needs")
	}
	a := e.whoami(ctx)
	if !a.ok() {
		if a.lacksScope() {
			return skipped("because the key has no user:read, which only this needs")
		}
		return warning("PostHog did not say whose the key is: "+a.why(), "")
	}
	e.me = a.body
	// The first name and the first letter of the last, and the address's domain.
	name := text(e.me.Get("first_name"))
	if r, size := utf8.DecodeRuneInString(text(e.me.Get("last_name"))); size > 0 {
		name = strings.TrimSpace(name + " " + string(r) + ".")
	}
	_, domain, _ := strings.Cut(text(e.me.Get("email")), "@")
	e.report.Owner = &OwnerFacts{Name: name, Email: "…@" + domain}
	return okf("%s (…@%s)", name, domain)
}

// whoami asks about the key's owner, once.
func (e *exam) whoami(ctx context.Context) answer {
	if e.asked == nil {
		a := e.read(ctx, "/api/users/@me/", "", wanted...)
		e.asked = &a
	}
	return *e.asked
}

// project finds the project of calls that name none, by its name.
func (e *exam) project(ctx context.Context) Finding {
	if err := e.ProjectSource.Err; err != nil {
		return failed(err.Error(), "set POSTHOG_PROJECT_ID to a project's number, or unset it")
	}
	if only := e.report.Key.Projects; e.Project != "" && len(only) > 0 && !slices.Contains(only, e.Project) {
		return failed(e.projectName()+" is not one that the key is for", e.otherProjects())
	}
	if !e.may("project:read") {
		return e.projectOfOwner()
	}
	a := e.read(ctx, e.projectPath(), "", "id", "name", "organization", "timezone")
	switch {
	case a.ok():
		return e.foundProject(a.body, e.organizationName(a.body.Get("organization")))
	case a.lacksScope():
		return e.projectOfOwner()
	case a.status == http.StatusForbidden && strings.Contains(a.detail(), "does not allow using personal API keys"):
		return failed(a.why(), "ask an admin of the organization to allow personal API keys; an admin's own key works")
	case a.status == http.StatusForbidden, a.status == http.StatusNotFound:
		return failed(fmt.Sprintf("%s is out of the key's reach: %s", e.projectName(), a.why()), e.otherProjects())
	}
	return failed(fmt.Sprintf("%s could not be read: %s", e.projectName(), a.why()), later)
}

// projectOfOwner is the project as the owner's own answer has it, where the key
// may not read projects.
func (e *exam) projectOfOwner() Finding {
	organization := e.me.Get("organization.name")
	if e.Project == "" && e.me.Get("team.id").Exists() {
		return e.foundProject(e.me.Get("team"), text(organization))
	}
	for _, team := range e.me.Get("organization.teams").Array() {
		if team.Get("id").String() == e.Project {
			return e.foundProject(team, text(organization))
		}
	}
	return skipf("because the key has no project:read to tell the name of %s", e.projectName())
}

func (e *exam) foundProject(p gjson.Result, organization string) Finding {
	facts := &ProjectFacts{
		ID: p.Get("id").Int(), Name: text(p.Get("name")), Organization: organization,
		Timezone: text(p.Get("timezone")), From: e.ProjectSource.From,
	}
	e.report.Project = facts
	detail := fmt.Sprintf("%d %q", facts.ID, facts.Name)
	if organization != "" {
		detail += " of " + organization
	}
	if facts.Timezone != "" {
		detail += ", times in " + facts.Timezone
	}
	f := okf("%s (%s)", detail, facts.From)
	if e.Project == "" {
		f.Next = fmt.Sprintf("POSTHOG_PROJECT_ID=%d keeps it; without, it changes when the key's owner opens another", facts.ID)
	}
	return f
}

// organizationName is the organization's, where the owner's answer tells it,
// else its id.
func (e *exam) organizationName(id gjson.Result) string {
	for _, o := range append(e.me.Get("organizations").Array(), e.me.Get("organization")) {
		if o.Get("id").String() == id.String() && o.Get("name").String() != "" {
			return text(o.Get("name"))
		}
	}
	return text(id)
}

// otherProjects names what to set instead.
func (e *exam) otherProjects() string {
	const mostNamed = 5
	names := map[string]string{}
	var ids []string
	for _, team := range e.me.Get("organization.teams").Array() {
		id := strconv.FormatInt(team.Get("id").Int(), 10)
		names[id], ids = text(team.Get("name")), append(ids, id)
	}
	if only := e.report.Key.Projects; len(only) > 0 {
		ids = only
	}
	refused := cmp.Or(e.Project, e.me.Get("team.id").String())
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == refused })
	var choice []string
	for _, id := range ids[:min(len(ids), mostNamed)] {
		if names[id] != "" {
			id = fmt.Sprintf("%s (%s)", id, names[id])
		}
		choice = append(choice, id)
	}
	if len(choice) == 0 {
		return "set POSTHOG_PROJECT_ID to a project that the key's owner may see"
	}
	return "set POSTHOG_PROJECT_ID to " + strings.Join(choice, " or ")
}

// projectPath is that of the project, which every route of its data begins
// with.
func (e *exam) projectPath() string {
	if e.Project == "" {
		return "/api/projects/@current/"
	}
	return "/api/projects/" + e.Project + "/"
}

func (e *exam) projectName() string {
	if e.Project == "" {
		return "the project that the key's owner has open"
	}
	return "project " + e.Project
}
