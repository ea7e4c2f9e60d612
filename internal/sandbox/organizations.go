package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// peopleMembers computes members of users, organisations and projects. Those of an
// organisation depend on its _viewer, the caller.
func peopleMembers() makers {
	byViewer := func(o, u row) row { return o.with(row{"_viewer": u}) }
	one := func(kind, table, column string) maker {
		return func(w *world, r row) any {
			if other := w.find(table, 0, r[column]); other != nil {
				return w.show(kind, byViewer(other, r))
			}
			return nil
		}
	}
	return makers{
		"person": one("person", "users", "created_by"), "user": one("person", "users", "_user"), "team": one("team", "projects", "team"),
		"organization": one("organization", "organizations", "organization"),
		"organizations": func(w *world, u row) any {
			out := []object{}
			for _, o := range w.organizationsOf(u) {
				out = append(out, w.show("organization_brief", byViewer(o, u)))
			}
			return out
		},
		"level": func(_ *world, o row) any {
			if n := level(o, as[row](o, "_viewer")); n > 0 {
				return n
			}
			return nil
		},
		"teams":           func(w *world, o row) any { return w.showAll("team", w.projectsOf(o.text("id"))) },
		"projects":        func(w *world, o row) any { return w.showAll("project_brief", w.projectsOf(o.text("id"))) },
		"organization_id": func(_ *world, p row) any { return p["organization"] },
		"features": func(w *world, o row) any {
			out := []object{}
			for _, key := range o.texts("features") {
				if key != "subscriptions" || !w.switches.PaymentGate {
					out = append(out, object{{"key", key}, {"name", strings.ToUpper(key[:1]) + strings.ReplaceAll(key[1:], "_", " ")}})
				}
			}
			return out
		},
		"member_count":   func(_ *world, o row) any { return len(as[row](o, "members")) },
		"keys_allowed":   func(w *world, o row) any { return o["id"] != orgHedgebox || !w.switches.PersonalKeysForbidden },
		"public_sharing": func(w *world, o row) any { return o["id"] != orgHedgebox || w.switches.PublicSharing },
		"ai_consent":     func(w *world, o row) any { return o["id"] == orgHedgebox && w.switches.AIConsent },
		"secret":         func(_ *world, p row) any { return fmt.Sprintf("phs_sandbox_secret_%d", p.number("id")) },
	}
}

// listProjects lists the caller's projects in all organisations, or in the one in
// the path.
func listProjects(c *call) reply {
	var found []row
	for _, o := range c.organizationsOf(c.user) {
		id := o.text("id")
		if c.organization != nil && id != c.organization["id"] || len(c.cred.texts("scoped_organizations")) > 0 && !slices.Contains(c.cred.texts("scoped_organizations"), id) {
			continue
		}
		found = append(found, where(c.projectsOf(id), func(p row) bool {
			return strings.Contains(strings.ToLower(p.text("name")), strings.ToLower(c.query.Get("search")))
		})...)
	}
	return c.list("project", found)
}

// getProject shows the settings and the secret tokens of a project.
func getProject(c *call) reply { return ok(c.show("project_detail", c.project)) }

func getOrganization(c *call) reply {
	if level(c.organization, c.user) == 0 {
		return failed(drf.NotFound())
	}
	return ok(c.show("organization", c.organization.with(row{"_viewer": c.user})))
}

// listMembers lists the newest member first. Only newer servers search.
func listMembers(c *call) reply {
	text, err := c.searchText()
	if err != nil {
		return failed(err)
	}
	members := []row{}
	for _, u := range c.tables["users"] {
		if n, email := level(c.organization, u), c.query.Get("email"); n > 0 && !u.is("_gone") && (email == "" || email == u.text("email")) {
			members = append(members, u.with(row{"_user": u["id"], "id": fmt.Sprintf("0190e000-0000-7000-8000-%012d", u.number("id")), "level": n,
				"joined_at": u["date_joined"], "updated_at": u["date_joined"], "last_login": c.now.Truncate(24 * time.Hour)}))
		}
	}
	if c.today() {
		members = c.searched(members, text, "search_match_type", "first_name", "last_name", "email")
	}
	if order := c.query.Get("order"); order == "joined_at" || text != "" && c.today() {
		return c.list("member", members, "search_match_type", strings.TrimPrefix(cmp.Or(order, "first_name"), "-"))
	}
	return c.list("member", members, "-joined_at")
}

// resolveOrganization finds the organisation that the path names.
func (c *call) resolveOrganization() *drf.Error {
	id, named := c.values["organization"]
	if !named {
		return nil
	}
	if id == "@current" {
		id = c.user.text("organization")
	}
	if c.organization = c.find("organizations", 0, strings.ToLower(id)); c.organization == nil {
		return drf.Missing("Organization not found.")
	}
	return nil
}
