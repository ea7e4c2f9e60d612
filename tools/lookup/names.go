// Package lookup declares the operations that find what the others are about: ids
// by name, and destinations. They only read, and are not on PostHog's page. It also
// reads names for other resources.
package lookup

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// Named is something of PostHog's that a person knows by its name.
type Named struct {
	ID   int64
	Name string
}

// Workspace is a Slack workspace that a project is connected to.
type Workspace struct {
	Named
	// Broken says that a person has to connect it anew.
	Broken bool
}

// List writes them as "2001 “Signups”, 2002": the names are PostHog's data, so
// they stand in quotes.
func List(all []Named) string {
	const most = 25 // as many as newer servers take for one subscription
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = n.String()
	}
	if more := len(all) - most; more > 0 {
		words = append(words[:most], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(words, ", ")
}

// String is the id with the name in quotes.
func (n Named) String() string {
	if n.Name == "" {
		return fmt.Sprint(n.ID)
	}
	return fmt.Sprintf("%d %q", n.ID, ShortName(n.Name))
}

// ShortName is a name for a sentence.
func ShortName(name string) string { return view.Brief(name, 60) }

// ReadDashboard reads a dashboard's name, and the insights on its tiles.
func ReadDashboard(ctx context.Context, c *engine.Call, id string) (string, []Named, *engine.Refusal) {
	answer, refusal := c.Read(ctx, c.InProject("dashboards/"+id+"/"), "",
		"name", "tiles.insight.id", "tiles.insight.name", "tiles.insight.derived_name")
	if refusal != nil {
		return "", nil, refusal
	}
	var tiles []Named
	for _, tile := range answer.Get("tiles").Array() {
		if insight := tile.Get("insight"); insight.IsObject() {
			tiles = append(tiles, Named{insight.Get("id").Int(), insightName(insight)})
		}
	}
	return answer.Get("name").String(), tiles, nil
}

// ReadInsight reads an insight's name and short id.
func ReadInsight(ctx context.Context, c *engine.Call, id string) (name, shortID string, refusal *engine.Refusal) {
	answer, refusal := c.Read(ctx, c.InProject("insights/"+id+"/"), "basic=true", "id", "short_id", "name", "derived_name")
	if refusal != nil {
		return "", "", refusal
	}
	return insightName(answer), answer.Get("short_id").String(), nil
}

// ReadInsights reads the names of the project's insights; none where it cannot.
func ReadInsights(ctx context.Context, c *engine.Call) (all []Named) {
	answer, _ := c.Read(ctx, c.InProject("insights/"), "basic=true&limit=1000", "results.id", "results.name", "results.derived_name")
	for _, row := range answer.Get("results").Array() {
		all = append(all, Named{row.Get("id").Int(), insightName(row)})
	}
	return all
}

// Names are the names by id.
func Names(all []Named) map[int64]string {
	names := map[int64]string{}
	for _, n := range all {
		names[n.ID] = n.Name
	}
	return names
}

// ReadSlack reads which Slack workspaces the project has.
func ReadSlack(ctx context.Context, c *engine.Call) (all []Workspace, refusal *engine.Refusal) {
	answer, refusal := c.Read(ctx, c.InProject("integrations/"), "kind=slack&limit=100", "results.id", "results.kind", "results.display_name", "results.errors")
	if refusal != nil {
		return nil, refusal
	}
	for _, row := range answer.Get("results").Array() {
		if row.Get("kind").String() == slackKind { // older servers ignore the filter
			all = append(all, Workspace{Named{row.Get("id").Int(), row.Get("display_name").String()}, row.Get("errors").String() != ""})
		}
	}
	return all, nil
}

// nameOf is the name of most things.
func nameOf(item gjson.Result) string { return item.Get("name").String() }

// lookFurther asks for enough rows to find some among them.
func lookFurther(_ context.Context, c *engine.Call, query url.Values) *engine.Refusal {
	if len(view.Words(c.Args.Text("search"))) > 0 {
		query.Set("limit", strconv.Itoa(engine.LookedAt))
	}
	return nil
}

// inName is a search by name.
type inName struct {
	Search string `json:"search,omitempty" arg:"filled,most=1000"`
}
