package lookup

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

func showDashboardRow(o *view.Object, row gjson.Result, _ engine.Rendering) {
	o.Copies(row, "id")
	o.Text("name", view.Cut(nameOf(row), view.LongName))
	o.Text("description", view.Cut(row.Get("description").String(), view.ShortText))
	o.Flags(row, "pinned")
	if tags := row.Get("tags"); len(tags.Array()) > 0 {
		o.Raw("tags", tags)
	}
}

// showDashboard has the insights under their own ids: those of tiles are of no use.
func showDashboard(o *view.Object, answer gjson.Result, r engine.Rendering) {
	rows := view.Each(func(o *view.Object, tile gjson.Result) {
		insight := tile.Get("insight")
		o.Copies(insight, "id", "short_id")
		o.Text("name", view.Cut(insightName(insight), view.LongName))
	})
	rows.Filter = func(tile gjson.Result) bool { return tile.Get("insight.id").Exists() }
	taken := rows.Take(answer.Get("tiles"))
	o.Text("notice", cmp.Or(
		view.When(taken.Left, fmt.Sprintf("only the first %d insights fit into the answer", taken.Shown)),
		view.When(taken.Shown == 0, "No tile of this dashboard shows an insight: there is nothing that a subscription could send."),
	))
	o.Copies(answer, "id")
	o.Text("name", view.Cut(nameOf(answer), view.LongName))
	o.Text("description", view.Cut(answer.Get("description").String(), view.ShortText))
	o.Text("link", r.Base+"/dashboard/"+answer.Get("id").String())
	o.JSON("insights", taken.JSON)
	if others := taken.Seen - taken.Shown; others > 0 {
		o.Number("other_tiles", others) // texts, buttons, widgets
	}
}

// showInsights says of a list without items what was looked for.
func showInsights(o *view.Object, answer gjson.Result, r engine.Rendering) {
	page := r.Page(nil)
	page.EmptyNotice = cmp.Or(
		view.When(r.Args.Given("short_id"), "No insight has this short id in this project. Capitals count in short ids; the link may be of another project (project_id)."),
		view.When(r.Args.Given("dashboard"), "No insight was found on this dashboard. PostHog says the same of a dashboard that does not exist; dashboards-retrieve tells."),
		page.EmptyNotice,
	)
	page.Add(o, answer)
}

func showInsightRow(o *view.Object, row gjson.Result, _ engine.Rendering) {
	o.Copies(row, "id", "short_id")
	o.Text("name", view.Cut(insightName(row), view.LongName))
	// People see the source of the query that puts it on a page: Funnels, Trends.
	o.Text("kind", strings.TrimSuffix(cmp.Or(row.Get("query.source.kind").String(), row.Get("query.kind").String()), "Query"))
	taken := view.Rows{
		Filter: func(tile gjson.Result) bool { return tile.Get("dashboard_id").Exists() && !tile.Get("deleted").Bool() },
		Item:   func(to []byte, tile gjson.Result) []byte { return append(to, tile.Get("dashboard_id").Raw...) },
	}.Take(row.Get("dashboard_tiles"))
	if taken.Shown > 0 {
		o.JSON("dashboards", taken.JSON)
	}
}

// showIntegrations filters by kind again: some servers pass over it.
func showIntegrations(o *view.Object, answer gjson.Result, r engine.Rendering) {
	kind, broken := r.Args.Text("kind"), false
	rows := view.Each(func(o *view.Object, row gjson.Result) {
		fails := row.Get("errors").String() != ""
		broken = broken || fails
		o.Copies(row, "id", "kind")
		o.Text("display_name", view.Cut(row.Get("display_name").String(), view.LongName))
		o.Raw("connected_by", row.Get("created_by.email"))
		o.Flag("broken", fails)
	})
	rows.Filter = func(row gjson.Result) bool { return kind == "" || row.Get("kind").String() == kind }
	taken := rows.Take(answer.Get("results"))
	settings := r.Base + "/settings/environment-integrations"
	none, partly := taken.Shown == 0, taken.Left || answer.Get("next").Type == gjson.String
	o.Text("notice", view.Join(
		view.When(none && kind == slackKind, "This project has no Slack integration. A person connects Slack at "+settings+"; a key cannot."),
		view.When(none && kind != slackKind, "The project has no such integration that a key may see. A person connects one at "+settings+"."),
		view.When(broken, "a broken one delivers nothing until a person reconnects it at "+settings),
		view.When(partly, fmt.Sprintf("looked at the first %d of %d", taken.Seen, answer.Get("count").Int())),
	))
	o.JSON("results", taken.JSON)
}

func showProjects(o *view.Object, answer gjson.Result, r engine.Rendering) {
	if teams := answer.Get("scoped_teams"); teams.Exists() {
		showPinned(o, teams, r)
		return
	}
	rows := answer.Get("results")
	first := rows.Get("0.organization").String()
	several := slices.ContainsFunc(view.Items(rows), func(row gjson.Result) bool { return row.Get("organization").String() != first })
	page := r.Page(func(o *view.Object, row gjson.Result) {
		o.Copies(row, "id")
		o.Text("name", view.Cut(nameOf(row), view.LongName))
		if several { // only its id is here
			o.Copies(row, "organization")
		}
		o.Copies(row, "timezone")
		o.Flags(row, "is_demo")
	})
	page.Add(o, answer)
}

// showPinned has the ids alone: the key may not ask for more.
func showPinned(o *view.Object, teams gjson.Result, r engine.Rendering) {
	taken := view.Each(func(o *view.Object, id gjson.Result) { o.Raw("id", id) }).Take(teams)
	o.Text("notice", view.Join("The key is limited to these projects, and PostHog does not name them to it.",
		view.When(taken.Left, fmt.Sprintf("only the first %d fit into the answer", taken.Shown))))
	o.Text("link", r.Host+"/project/{id}")
	o.JSON("results", taken.JSON)
}

// roles are PostHog's levels of membership. Source: posthog/models/organization.py.
var roles = map[int64]string{1: "member", 8: "admin", 15: "owner"}

// showMember has the UUID, which subscriptions-list takes as created_by, of those who
// were searched for.
func showMember(o *view.Object, row gjson.Result, r engine.Rendering) {
	user := row.Get("user")
	o.Text("name", view.Cut(personName(user), view.LongName))
	o.Copies(user, "email")
	o.Text("role", roles[row.Get("level").Int()])
	if r.Args.Given("search") {
		o.Copies(user, "uuid")
	}
}

// channelsShown is how many channels a list has where the call does not say.
const channelsShown = 25

// showChannels shows a page of Slack channels. Mid-age servers ignore the search and
// the page, and send every channel: they have no has_more. Private channels that only
// the person who connected Slack may read the name of are counted.
func showChannels(o *view.Object, answer gjson.Result, r engine.Rendering) {
	hidden, outside, external := 0, false, false
	rows := view.Each(func(o *view.Object, row gjson.Result) {
		name, stranger, shared := nameOf(row), row.Get("is_member").Type == gjson.False, row.Get("is_ext_shared").Bool()
		outside, external = outside || stranger, external || shared
		o.Text("name", name)
		o.Text("target_value", row.Get("id").String()+"|#"+name)
		o.Flag("private", row.Get("is_private").Bool())
		o.Flag("not_member", stranger)
		o.Flag("external", shared)
	})
	items, every := answer.Get("channels"), !answer.Get("has_more").Exists()
	named := namedChannel(items, r.Args.Text("search"), every)
	rows.Filter = func(row gjson.Result) bool {
		if row.Get("is_private_without_access").Bool() {
			hidden++
			return false
		}
		return named(row)
	}
	rows.Most = r.Args.Number("limit", channelsShown)
	offset := r.Args.Number("offset", 0)
	if every {
		rows.Skip, offset = offset, 0
	}
	taken := rows.Take(items)
	next, more := offset+taken.Seen, taken.Left || answer.Get("has_more").Bool()
	o.Text("notice", view.Join(
		view.When(taken.Shown == 0, "No channel was found. One that was made or joined within the last hour may be missing."),
		view.When(outside, "not_member: a delivery fails until the PostHog app is invited to the channel"),
		view.When(external, "external: people of other companies read the channel"),
		view.When(hidden > 0, fmt.Sprintf("private channels left out: %d; PostHog names them to the person who connected Slack alone", hidden)),
		view.When(more, fmt.Sprintf("%d shown, there are more: next offset %d, or narrow with search", taken.Shown, next)),
	))
	if more {
		o.Number("next_offset", next)
	}
	o.JSON("results", taken.JSON)
}

// namedChannel finds the channels with all the words in their name, or with the id.
// Where there is none, what a server that searched has found stands in.
func namedChannel(items gjson.Result, search string, every bool) func(row gjson.Result) bool {
	words := view.Words(channelName(search))
	is := func(row gjson.Result) bool {
		return view.HasWords(nameOf(row), words) || strings.EqualFold(row.Get("id").String(), words[0])
	}
	if len(words) > 0 && (every || slices.ContainsFunc(view.Items(items), is)) {
		return is
	}
	return func(gjson.Result) bool { return true }
}
