package tools

import (
	"context"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"
)

// named is something of PostHog's that a person knows by its name.
type named struct {
	id   int64
	name string
}

// workspace is a Slack workspace that a project is connected to.
type workspace struct {
	named
	// broken says that a person has to connect it anew.
	broken bool
}

// list writes them as "2001 “Signups”, 2002": the names are PostHog's data, so
// they stand in quotes.
func list(all []named) string {
	const most = 25 // as many as newer servers take for one subscription
	var words []string
	for _, n := range all[:min(len(all), most)] {
		words = append(words, n.String())
	}
	if len(all) > most {
		words = append(words, fmt.Sprintf("and %d more", len(all)-most))
	}
	return strings.Join(words, ", ")
}

// String is the id with the name in quotes.
func (n named) String() string {
	if n.name == "" {
		return fmt.Sprint(n.id)
	}
	return fmt.Sprintf("%d %q", n.id, shortName(n.name))
}

// mostOfAKind is how many things of one kind a warning names.
const mostOfAKind = 5

// few names some of what there may be many of.
func few(names []string) string {
	if more := len(names) - mostOfAKind; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:mostOfAKind], ", "), more)
	}
	return strings.Join(names, ", ")
}

func shortName(name string) string {
	const most = 60
	if runes := []rune(shorten(name)); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return shorten(name)
}

// dashboard reads a dashboard's name, and the insights on its tiles.
func (c *call) dashboard(ctx context.Context, id string) (string, []named, *Refusal) {
	answer, refusal := c.read(ctx, c.inProject("dashboards/"+id+"/"), "",
		"name", "tiles.insight.id", "tiles.insight.name", "tiles.insight.derived_name")
	if refusal != nil {
		return "", nil, refusal
	}
	var tiles []named
	for _, tile := range answer.Get("tiles").Array() {
		if insight := tile.Get("insight"); insight.IsObject() {
			tiles = append(tiles, named{insight.Get("id").Int(), insightName(insight)})
		}
	}
	return answer.Get("name").String(), tiles, nil
}

// insight reads an insight's name and short id.
func (c *call) insight(ctx context.Context, id string) (name, shortID string, refusal *Refusal) {
	answer, refusal := c.read(ctx, c.inProject("insights/"+id+"/"), "basic=true", "id", "short_id", "name", "derived_name")
	if refusal != nil {
		return "", "", refusal
	}
	return insightName(answer), answer.Get("short_id").String(), nil
}

func insightName(insight gjson.Result) string {
	if name := insight.Get("name").String(); name != "" {
		return name
	}
	return insight.Get("derived_name").String()
}

// slackIntegrations reads which Slack workspaces the project has.
func (c *call) slackIntegrations(ctx context.Context) (all []workspace, refusal *Refusal) {
	answer, refusal := c.read(ctx, c.inProject("integrations/"), "kind=slack&limit=100", "results.id", "results.kind", "results.display_name", "results.errors")
	if refusal != nil {
		return nil, refusal
	}
	for _, row := range answer.Get("results").Array() {
		if row.Get("kind").String() == "slack" { // older servers ignore the filter
			all = append(all, workspace{named{row.Get("id").Int(), row.Get("display_name").String()}, row.Get("errors").String() != ""})
		}
	}
	return all, nil
}
