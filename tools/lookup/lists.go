package lookup

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
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

// showDashboard has the insights under their own ids: a tile's id is of no use
// to anybody.
func showDashboard(o *view.Object, answer gjson.Result, r engine.Rendering) {
	rows := view.Each(func(o *view.Object, tile gjson.Result) {
		insight := tile.Get("insight")
		o.Copies(insight, "id", "short_id")
		o.Text("name", view.Cut(insightName(insight), view.LongName))
	})
	rows.Filter = func(tile gjson.Result) bool { return tile.Get("insight.id").Exists() }
	taken := rows.Take(answer.Get("tiles"))
	switch {
	case taken.Left:
		o.Text("notice", fmt.Sprintf("only the first %d insights fit into the answer", taken.Shown))
	case taken.Shown == 0:
		o.Text("notice", "No tile of this dashboard shows an insight: there is nothing that a subscription could send.")
	}
	o.Copies(answer, "id")
	o.Text("name", view.Cut(nameOf(answer), view.LongName))
	o.Text("description", view.Cut(answer.Get("description").String(), view.ShortText))
	o.Text("link", r.Base+"/dashboard/"+answer.Get("id").String())
	o.JSON("insights", taken.JSON)
	if others := taken.Seen - taken.Shown; others > 0 {
		o.Number("other_tiles", others) // texts, buttons, widgets
	}
}

// projectOfLink finds the project in the link of one of its pages.
var projectOfLink = regexp.MustCompile(`/project/([0-9]+)/`)

// checkLink refuses a link of another project than the call names: PostHog would
// look for the same id elsewhere.
func checkLink(args *schema.Arguments, _ time.Time) schema.Problems {
	m := projectOfLink.FindStringSubmatch(args.Text("short_id"))
	if m == nil || m[1] == args.Text("project_id") {
		return nil
	}
	return schema.Problems{{Field: "project_id", Text: "the link is of project " + m[1] + ": give project_id " + m[1] + ", or the short id alone"}}
}

// lightInsights asks for insights without results. PostHog reads dashboards as
// JSON.
func lightInsights(_ context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	query.Set("basic", "true")
	if link := c.Args.Text("short_id"); link != "" {
		query.Set("short_id", path.Base(link))
	}
	if id := c.Args.Text("dashboard"); id != "" {
		query.Set("dashboards", "["+id+"]")
	}
	return nil
}

// showInsights says of a list without items what was looked for.
func showInsights(o *view.Object, _ gjson.Result, r engine.Rendering) {
	page, list := r.Page(nil)
	switch {
	case r.Args.Given("short_id"):
		page.EmptyNotice = "No insight has this short id in this project. Capitals count in short ids; the link may be of another project (project_id)."
	case r.Args.Given("dashboard"):
		page.EmptyNotice = "No insight was found on this dashboard. PostHog says the same of a dashboard that does not exist; dashboards-retrieve tells."
	default:
		page.EmptyNotice = "No insight was found. The name may be another, or the insight may be in another project (project_id)."
	}
	page.Add(o, list)
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

func wholeList(_ context.Context, _ *engine.Call, query url.Values) *engine.Refusal {
	query.Set("limit", strconv.Itoa(engine.LookedAt))
	return nil
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
	var notice string
	switch {
	case taken.Shown > 0:
	case kind == slackKind:
		notice = "This project has no Slack integration. A person connects Slack at " + settings + "; a key cannot."
	default:
		notice = "The project has no such integration that a key may see. A person connects one at " + settings + "."
	}
	if broken {
		notice = view.Join(notice, "a broken one delivers nothing until a person reconnects it at "+settings)
	}
	if taken.Left || answer.Get("next").Type == gjson.String {
		notice = view.Join(notice, fmt.Sprintf("looked at the first %d of %d", taken.Seen, answer.Get("count").Int()))
	}
	o.Text("notice", notice)
	o.JSON("results", taken.JSON)
}

// keyPath is where a personal key tells about itself.
const keyPath = "/api/personal_api_keys/@current/"

// askTheKey finds out from the key itself which projects it is for: PostHog
// lists no projects to a key that is limited to some.
func askTheKey(refused *engine.Response, _ *engine.Request) *engine.Request {
	if refused.Status != http.StatusForbidden || !strings.HasPrefix(gjson.GetBytes(refused.Body, "detail").String(), "API keys with scoped projects") {
		return nil
	}
	return &engine.Request{Method: http.MethodGet, Path: keyPath, Route: keyPath, Keep: []string{"scoped_teams"}, Repeatable: true}
}

func showProjects(o *view.Object, answer gjson.Result, r engine.Rendering) {
	if teams := answer.Get("scoped_teams"); teams.Exists() {
		showPinned(o, teams, r)
		return
	}
	rows := answer.Get("results")
	first := rows.Get("0.organization").String()
	several := view.Any(rows, func(row gjson.Result) bool { return row.Get("organization").String() != first })
	page, list := r.Page(func(o *view.Object, row gjson.Result) {
		o.Copies(row, "id")
		o.Text("name", view.Cut(nameOf(row), view.LongName))
		if several { // only its id is here
			o.Copies(row, "organization")
		}
		o.Copies(row, "timezone")
		o.Flags(row, "is_demo")
	})
	page.Add(o, list)
}

// showPinned has the ids alone: the key may not ask for more.
func showPinned(o *view.Object, teams gjson.Result, r engine.Rendering) {
	taken := view.Each(func(o *view.Object, id gjson.Result) { o.Raw("id", id) }).Take(teams)
	notice := "The key is limited to these projects, and PostHog does not name them to it."
	if taken.Left {
		notice = view.Join(notice, fmt.Sprintf("only the first %d fit into the answer", taken.Shown))
	}
	o.Text("notice", notice)
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
