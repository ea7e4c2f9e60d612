package guide

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
)

// lookup is a call that finds values to offer: of the tool whose answer is declared
// to be such, with further arguments.
type lookup struct {
	of        string
	arguments map[string]any
}

var subscriptions = lookup{of: "subscriptions"}

// reports are the names of dashboards and insights.
func reports(ctx context.Context, g *Guide, typed string) list {
	return g.search(ctx, lookup{of: "dashboards"}, typed).join(g.search(ctx, lookup{of: "insights"}, typed))
}

// titles are those of subscriptions: the title, else the name of the report.
func titles(ctx context.Context, g *Guide, typed string) list {
	return g.search(ctx, subscriptions, typed).each(func(o option) option { return option{value: o.value} })
}

// ids are those of subscriptions, found by title too.
func ids(ctx context.Context, g *Guide, typed string) list {
	return g.search(ctx, subscriptions, typed).each(func(o option) option { return option{value: o.text, text: o.value} })
}

// recipients are the address of the key's owner, and the Slack channels where
// there is one workspace.
func recipients(ctx context.Context, g *Guide, typed string) list {
	own, _ := g.look(ctx, lookup{of: "accounts"})
	workspaces, _ := g.look(ctx, lookup{of: "workspaces"})
	working := slices.DeleteFunc(slices.Clone(workspaces.options), func(w option) bool { return w.text == "true" || w.value == "" })
	if len(working) != 1 {
		return own
	}
	channels := lookup{of: "channels", arguments: map[string]any{"integration_id": json.Number(working[0].value)}}
	return own.join(g.search(ctx, channels, strings.TrimLeft(typed, "#")))
}

// schedules are examples of what a person can say.
func schedules(_ context.Context, _ *Guide, typed string) (l list) {
	for _, s := range []string{
		"every Monday at 9:00 Berlin time",
		"every second Monday at 9:00 Berlin time",
		"every weekday at 8:00 New York time",
		"every day at 7:30 UTC",
		"every three months on the 1st at 9:00 UTC",
		"the first Monday of each month at 10:00 London time",
		"the last Friday of each month at 16:00 UTC",
	} {
		if strings.HasPrefix(strings.ToLower(s), strings.ToLower(typed)) {
			l.options = append(l.options, option{value: s})
		}
	}
	return l
}

const (
	// page is how many rows are looked up at once.
	page = 100
	// opening is how many characters are searched for.
	opening = 3
	// lookupTimeout bounds a look-up, retries included: a person who types does
	// not wait longer.
	lookupTimeout = 10 * time.Second
	// lifetime is how long values are offered again without a look at PostHog:
	// about as long as a person takes to fill a form in.
	lifetime = 30 * time.Second
	// mostRecent bounds what is remembered; a list has a hundred short values.
	mostRecent = 256
)

// search finds rows without a request for each key that is pressed: the first
// page serves any text, as long as it has all rows. Else PostHog searches for the
// first characters alone, so that a caller makes one request for each such
// opening; the rest of the text is compared here.
func (g *Guide) search(ctx context.Context, l lookup, typed string) list {
	arguments := map[string]any{"limit": page}
	maps.Copy(arguments, l.arguments)
	l.arguments = arguments
	found, ok := g.look(ctx, l)
	letters := []rune(strings.ToLower(typed))
	if !ok || !found.partial || len(letters) < opening {
		return found
	}
	l.arguments["search"] = string(letters[:opening])
	if closer, ok := g.look(ctx, l); ok {
		return closer
	}
	return found
}

// look makes the call, unless its answer is known from a short while ago. ok is
// false when the call failed; there is nothing to offer then.
func (g *Guide) look(ctx context.Context, l lookup) (found list, ok bool) {
	t := g.chooses[l.of]
	if t == nil {
		return list{}, false
	}
	choices, all := t.Read.Choices, map[string]any{}
	maps.Copy(all, choices.Arguments)
	maps.Copy(all, l.arguments)
	arguments, _ := json.Marshal(all) // strings and numbers
	return g.recent.Get(ctx, key(ctx, t.Name, arguments), func(ctx context.Context) (found list, ok bool) {
		result := g.call(ctx, t, arguments)
		if result.IsError {
			g.config.Logger.LogAttrs(ctx, slog.LevelDebug, "nothing to offer", slog.String("tool", t.Name), slog.Int("status", result.Status))
			return list{}, false
		}
		answer := gjson.ParseBytes(result.Object)
		rows := []gjson.Result{answer} // a single object is its own row
		if listed := answer.Get("results"); listed.IsArray() {
			rows = listed.Array()
		}
		found.partial = answer.Get("next_offset").Exists()
		for _, row := range rows {
			if o := (option{first(row, choices.Value), first(row, choices.Text)}); o != (option{}) {
				found.options = append(found.options, o)
			}
		}
		return found, true
	})
}

// first is the first of the members that is not empty. It is a copy, so that the
// answer can be freed.
func first(row gjson.Result, members []string) string {
	for _, name := range members {
		if text := strings.TrimSpace(row.Get(name).String()); text != "" {
			return strings.Clone(text)
		}
	}
	return ""
}

func (g *Guide) call(ctx context.Context, t *tools.Tool, args json.RawMessage) tools.Result {
	result := g.config.Toolbox.Call(ctx, t, args)
	g.config.Called(ctx, t, result)
	return result
}

// key identifies what is looked up and who may see the answer.
func key(ctx context.Context, tool string, args []byte) string {
	c := tools.CallerOf(ctx)
	data, _ := json.Marshal([]any{c.ID, c.Limits, c.Selection, tool, string(args)})
	sum := sha256.Sum256(data)
	return string(sum[:])
}
