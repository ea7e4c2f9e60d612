package tools

import (
	"fmt"

	"github.com/tidwall/gjson"

	"posthog-mcp/schema"
	"posthog-mcp/tools/view"
)

// What a look-up shows of texts that people write at length, in characters.
const (
	shortText = 80
	longName  = 200
)

func showDashboards(o *view.Object, answer gjson.Result, args *schema.Arguments, c viewing) {
	searched{
		name: func(row gjson.Result) string { return row.Get("name").String() },
		row:  dashboardRow,
		link: c.base + "/dashboard/{id}", narrow: "search",
		none: "No dashboard was found. The name may be another, or the dashboard may be in another project (project_id).",
	}.show(o, answer, args)
}

func dashboardRow(o *view.Object, row gjson.Result) {
	o.Raw("id", row.Get("id"))
	o.Text("name", cut(row.Get("name").String(), longName))
	o.Text("description", cut(row.Get("description").String(), shortText))
	o.Flag("pinned", row.Get("pinned").Bool())
	if tags := row.Get("tags"); len(tags.Array()) > 0 {
		o.Raw("tags", tags)
	}
}

// showDashboard has the insights under their own ids: a tile's id is of no use
// to anybody.
func showDashboard(o *view.Object, answer gjson.Result, _ *schema.Arguments, c viewing) {
	tiles := answer.Get("tiles")
	taken := view.Rows{
		Wanted: func(tile gjson.Result) bool { return tile.Get("insight.id").Exists() },
		Item: func(to []byte, tile gjson.Result) []byte {
			insight := tile.Get("insight")
			row := view.NewObject(to)
			row.Raw("id", insight.Get("id"))
			row.Raw("short_id", insight.Get("short_id"))
			row.Text("name", cut(insightName(insight), longName))
			return row.Bytes()
		},
	}.Take(tiles)
	switch {
	case taken.Left:
		o.Text("notice", fmt.Sprintf("only the first %d insights fit into the answer", taken.Shown))
	case taken.Shown == 0:
		o.Text("notice", "No tile of this dashboard shows an insight: there is nothing that a subscription could send.")
	}
	o.Raw("id", answer.Get("id"))
	o.Text("name", cut(answer.Get("name").String(), longName))
	o.Text("description", cut(answer.Get("description").String(), shortText))
	o.Text("link", c.base+"/dashboard/"+answer.Get("id").String())
	o.JSON("insights", taken.JSON)
	if others := taken.Seen - taken.Shown; others > 0 {
		o.Number("other_tiles", others) // texts, buttons, widgets
	}
}
