package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// listIntegrations differs by generation: the "mid" one shows some kinds and ignores the filter.
func listIntegrations(c *call) any {
	kind, mid := c.query.Get("kind"), c.switches.Integrations == "mid"
	if mid {
		kind = ""
	}
	refuse(kind != "" && !oneOf("integration_kinds", kind),
		drf.Rejected("kind", "invalid_choice", "Select a valid choice. "+kind+" is not one of the available choices."))
	return c.list("integration", c.rows("integrations", func(i row) bool {
		return (kind == "" || kind == i.text("kind")) && (!mid || oneOf("mid_integration_kinds", i.text("kind")))
	}))
}

func listChannels(c *call) any {
	i := c.named("integrations")
	refuse(i.text("kind") != "slack", drf.Invalid("", "channels endpoint is only supported for Slack integrations"))
	refuse(i.text("errors") != "", drf.Rejected("", "slack_integration_inactive",
		"Your Slack connection is no longer active. Reconnect Slack to load channels and pick a destination."))
	// Only the user who connected Slack sees the names of private channels.
	channels := slices.Clone(c.channelsOf(i))
	for n, ch := range channels {
		if ch.is("is_private") && i["created_by"] != c.user["id"] {
			channels[n] = ch.with(row{"name": "private channel", "is_private_without_access": true})
		}
	}
	if c.switches.Integrations == "mid" {
		return c.showChannels(channels)
	}
	if text := strings.ToLower(c.query.Get("search")); text != "" {
		channels = where(channels, func(ch row) bool {
			return !ch.is("is_private_without_access") && (match(text, ch.text("name")) != "" || strings.Contains(strings.ToLower(ch.text("id")), text))
		})
	}
	limit, offset := c.page(50)
	return append(c.showChannels(cutOut(channels, limit, offset)), member{"has_more", offset+limit < len(channels)})
}

func (c *call) showChannels(channels []row) object {
	return object{{"channels", c.showAll("channel", channels)}, {"lastRefreshedAt", drf.Time{Time: c.now.Truncate(time.Hour)}}}
}

// channelsOf returns the integration's channels. The Slack of the marketing site has three.
func (w *world) channelsOf(integration row) []row {
	switch {
	case integration["id"] == IntegrationSlack:
		return w.tables["channels"]
	case integration.text("errors") == "" && integration.text("kind") == "slack":
		return w.tables["channels"][:3]
	}
	return nil
}

// channel returns the channel that Slack finds by an id, or by # and the name of a public channel; nil for none.
func (w *world) channel(integration row, to string) row {
	for _, ch := range w.channelsOf(integration) {
		if ch["id"] == to || !ch.is("is_private") && "#"+ch.text("name") == to {
			return ch
		}
	}
	return nil
}

func (c *call) recording() row {
	r := c.find("recordings", c.project.number("id"), c.values["recording"])
	refuse(r == nil, drf.Missing("Recording not found"))
	return r
}

// peopleMembers computes members of users, projects and organisations. The last depend on the _viewer.
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
			return where(o.rows("features"), func(f row) bool { return f["key"] != "subscriptions" || !w.switches.PaymentGate })
		},
		"member_count":   func(_ *world, o row) any { return len(as[row](o, "members")) },
		"keys_allowed":   func(w *world, o row) any { return o["id"] != orgHedgebox || !w.switches.PersonalKeysForbidden },
		"public_sharing": func(w *world, o row) any { return o["id"] != orgHedgebox || w.switches.PublicSharing },
		"scopes":         func(*world, row) any { return rules().Choices["scopes"] },
		"ai_consent":     func(w *world, o row) any { return o["id"] == orgHedgebox && w.switches.AIConsent },
	}
}

// listProjects lists the caller's projects in all organisations that the key is for.
func listProjects(c *call) any {
	var found []row
	text, only := strings.ToLower(c.query.Get("search")), c.cred.texts("scoped_organizations")
	for _, o := range c.organizationsOf(c.user) {
		if len(only) == 0 || slices.Contains(only, o.text("id")) {
			found = append(found, where(c.projectsOf(o.text("id")), func(p row) bool { return strings.Contains(strings.ToLower(p.text("name")), text) })...)
		}
	}
	return c.list("project", found)
}

// listMembers lists the newest member first. Only newer servers search.
func listMembers(c *call) any {
	text := c.searchText()
	members := []row{}
	for _, u := range c.tables["users"] {
		if n := level(c.organization, u); n > 0 && !u.is("_gone") {
			members = append(members, u.with(row{"_user": u["id"], "id": fmt.Sprintf("0190e000-0000-7000-8000-%012d", u.number("id")), "level": n,
				"joined_at": u["date_joined"], "updated_at": u["date_joined"], "last_login": c.now.Truncate(24 * time.Hour)}))
		}
	}
	if c.today() {
		members = c.searched(members, text, "search_match_type", "first_name", "last_name", "email")
	}
	if c.today() && text != "" {
		return c.list("member", members, "search_match_type", "first_name")
	}
	return c.list("member", members, "-joined_at")
}
