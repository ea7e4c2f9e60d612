package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// listIntegrations differs by generation: the "mid" one shows some kinds and ignores the filter.
func listIntegrations(c *call) reply {
	kind, mid := c.query.Get("kind"), c.switches.Integrations == "mid"
	if mid {
		kind = ""
	}
	if kind != "" && !oneOf("integration_kinds", kind) {
		return failed(drf.Rejected("kind", "invalid_choice", "Select a valid choice. "+kind+" is not one of the available choices."))
	}
	return c.list("integration", c.rows("integrations", func(i row) bool {
		return (kind == "" || kind == i.text("kind")) && (!mid || oneOf("mid_integration_kinds", i.text("kind")))
	}))
}

func integrationMembers() makers {
	return makers{"config": func(_ *world, i row) any {
		if i.text("kind") != "slack" {
			return row{}
		}
		return row{"team": row{"id": "T0SANDBOX1", "name": i["display_name"]}, "authed_user": row{"id": "U0SANDBOX1"}}
	}}
}

func listChannels(c *call) reply {
	i := c.named("integrations")
	switch {
	case i == nil:
		return failed(drf.NotFound())
	case i.text("kind") != "slack":
		return failed(drf.Invalid("", "channels endpoint is only supported for Slack integrations"))
	case i.text("errors") != "":
		return failed(drf.Rejected("", "slack_integration_inactive",
			"Your Slack connection is no longer active. Reconnect Slack to load channels and pick a destination."))
	}
	// Only the user who connected Slack sees the names of private channels.
	channels := slices.Clone(c.channelsOf(i))
	for n, ch := range channels {
		if ch.is("is_private") && i["created_by"] != c.user["id"] {
			channels[n] = ch.with(row{"name": "private channel", "is_private_without_access": true})
		}
	}
	switch wanted := c.query.Get("channel_id"); {
	case c.switches.Integrations == "mid":
		return c.showChannels(channels)
	case wanted == "":
		return c.channelSlice(channels)
	case c.count(rules().Rates["channel"][0], fmt.Sprint(i["id"])) > 0:
		e := drf.Throttled(time.Minute)
		e.Detail = "Too many Slack channel lookups. Try again in a minute."
		return failed(e)
	default:
		// It finds only a channel that the app was invited to.
		return c.showChannels(where(channels, func(ch row) bool { return ch["id"] == wanted && ch.is("is_member") }), false)
	}
}

func (c *call) showChannels(channels []row, more ...bool) reply {
	page := object{{"channels", c.showAll("channel", channels)}, {"lastRefreshedAt", drf.Time{Time: c.now.Truncate(time.Hour)}}}
	for _, m := range more {
		page = append(page, member{"has_more", m})
	}
	return ok(page)
}

func (c *call) channelSlice(channels []row) reply {
	asked := map[string]any{"limit": "50", "offset": "0"}
	for name, values := range c.query {
		asked[name] = values[len(values)-1]
	}
	given, err := drf.Read(c.fields("channels"), asked, true, nil)
	if err != nil {
		return failed(err)
	}
	limit, offset := int(row(given).number("limit")), int(row(given).number("offset"))
	if text := strings.ToLower(c.query.Get("search")); text != "" {
		channels = where(channels, func(ch row) bool {
			return !ch.is("is_private_without_access") && (match(text, ch.text("name")) != "" || strings.Contains(strings.ToLower(ch.text("id")), text))
		})
	}
	return c.showChannels(cutOut(channels, limit, offset), offset+limit < len(channels))
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

func listRecordings(c *call) reply {
	if err := c.checkRecordingParams(); err != nil {
		return failed(err)
	}
	from := recordingsFrom(c.query.Get("date_from"), c.now)
	found := c.rows("recordings", func(r row) bool { return !r.time("start_time").Before(from) && c.wantsSession(r.text("id")) })
	limit, offset := c.page(50)
	return ok(object{{"results", c.showRecordings(cutOut(found, limit, offset))}, {"has_next", offset+limit < len(found)}, {"version", 4}})
}

// checkRecordingParams refuses parameters that PostHog's query model of recordings does not have. Its error is that
// of the model's library: a list of errors, as JSON in the detail.
func (c *call) checkRecordingParams() *drf.Error {
	var problems []object
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		if !oneOf("recording_params", name) {
			problems = append(problems, object{{"type", "extra_forbidden"}, {"loc", []string{name}}, {"msg", "Extra inputs are not permitted"},
				{"input", c.query.Get(name)}})
		}
	}
	if problems == nil {
		return nil
	}
	return drf.Invalid("", string(raw(problems)))
}

func (c *call) wantsSession(id string) bool {
	var ids []string
	raw := c.query.Get("session_ids")
	return raw == "" || json.Unmarshal([]byte(raw), &ids) == nil && slices.Contains(ids, id)
}

// recordingsFrom reads -7d, -12h or a date; the default is three days back.
func recordingsFrom(text string, now time.Time) time.Time {
	text = strings.Trim(text, `"`)
	if t, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))]); err == nil {
		return t
	}
	var n int
	var unit rune
	if _, err := fmt.Sscanf(text, "-%d%c", &n, &unit); err == nil && n < 100_000 {
		return now.Add(-time.Duration(n) * map[rune]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[unit])
	}
	return now.AddDate(0, 0, -3)
}

func getRecording(c *call) reply {
	r := c.find("recordings", c.project.number("id"), c.values["recording"])
	if r == nil {
		return failed(drf.Missing("Recording not found"))
	}
	return ok(c.showRecordings([]row{r})[0])
}

// showRecordings adds the members that depend on the time and on the person.
func (c *call) showRecordings(rows []row) []object {
	out := []object{}
	for _, r := range rows {
		seconds, _ := as[json.Number](r, "recording_duration").Float64()
		seconds = max(seconds, float64(r.number("recording_duration")))
		start, clicks := r.time("start_time"), r.number("click_count")
		expiry := start.AddDate(0, 0, 90)
		who := cmp.Or(r.text("person"), "anonymous-"+r.text("id")[len(r.text("id"))-4:])
		out = append(out, c.show("recording", r.with(row{
			"distinct_id": who, "active_seconds": seconds / 2, "inactive_seconds": seconds / 2,
			"end_time": start.Add(time.Duration(seconds) * time.Second), "expiry_time": expiry, "recording_ttl": int64(expiry.Sub(c.now).Hours() / 24),
			"keypress_count": 3 * clicks, "mouse_activity_count": 20 * clicks, "activity_score": float64(clicks%100) + 0.5,
			"person": object{{"name", who}, {"distinct_ids", []string{who}}, {"properties", row{"email": r.text("person"), "$os": "Linux", "$geoip_city_name": "Lisbon"}}},
		})))
	}
	return out
}

// peopleMembers computes members of users, organisations and projects. Those of an organisation depend on its
// _viewer, the caller.
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

// listProjects lists the caller's projects in all organisations, or in the one in the path.
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
