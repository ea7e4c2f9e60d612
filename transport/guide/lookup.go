package guide

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"log/slog"
	"maps"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/tokens"
)

// lookup is a call that finds something to offer.
type lookup struct {
	tool      string
	arguments map[string]any
	// option reads a row; the zero value leaves it out.
	option func(row gjson.Result) option
}

func dashboards() lookup { return lookup{"dashboards-list", nil, byName} }
func insights() lookup   { return lookup{"insights-list", nil, byName} }

// subscriptions are known by their title, else by the name of what they send.
// The few fields have a whole page fit into a result.
func subscriptions() lookup {
	return lookup{"subscriptions-list", map[string]any{"fields": []string{"id", "title", "resource_name"}}, func(row gjson.Result) option {
		title := text(row, "title")
		if title == "" {
			title = text(row, "resource_name")
		}
		return option{value: title, text: text(row, "id")}
	}}
}

// owner is the user whom the key belongs to.
func owner() lookup {
	return lookup{"users-retrieve", nil, func(user gjson.Result) option { return option{value: text(user, "email")} }}
}

// slack is the workspaces that can be delivered to.
func slack() lookup {
	return lookup{"integrations-list", map[string]any{"kind": "slack"}, func(row gjson.Result) option {
		if row.Get("broken").Bool() {
			return option{}
		}
		return option{value: text(row, "id")}
	}}
}

// channels are those of a workspace.
func channels(workspace string) lookup {
	return lookup{"slack-channels-list", map[string]any{"integration_id": json.Number(workspace)}, func(row gjson.Result) option {
		return option{value: text(row, "target_value"), text: text(row, "name")}
	}}
}

func byName(row gjson.Result) option { return option{value: text(row, "name")} }

func text(row gjson.Result, member string) string { return strings.TrimSpace(row.Get(member).String()) }

// with is the same call with one more argument.
func (l lookup) with(name string, value any) lookup {
	all := map[string]any{name: value}
	maps.Copy(all, l.arguments)
	l.arguments = all
	return l
}

const (
	// page is how many rows are looked up at once.
	page = 100
	// opening is how many characters are searched for.
	opening = 3
)

// search finds rows without a request for each key that is pressed: the first
// page serves whatever is typed, as long as it is all there is. Else what was
// typed is searched for by its opening alone, so that a caller makes one
// request for each opening; what follows it is compared here.
func (g *Guide) search(ctx context.Context, l lookup, typed string) list {
	l = l.with("limit", page)
	found, ok := g.look(ctx, l)
	letters := []rune(strings.ToLower(typed))
	if !ok || !found.partial || len(letters) < opening {
		return found
	}
	if closer, ok := g.look(ctx, l.with("search", string(letters[:opening]))); ok {
		return closer
	}
	return found
}

// patience is how long something is looked up, retries included: a person who
// types does not wait longer.
const patience = 10 * time.Second

// look makes the call, unless its answer is known from a short while ago. ok is
// false when the call failed; there is nothing to offer then.
func (g *Guide) look(ctx context.Context, l lookup) (found list, ok bool) {
	arguments, _ := json.Marshal(l.arguments) // strings and numbers
	return g.recent.get(key(ctx, l.tool, arguments), func() (list, bool) {
		// A client that took its question back, since the person typed on, asks
		// the next one soon.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer cancel()
		return g.fetch(ctx, l, arguments)
	})
}

func (g *Guide) fetch(ctx context.Context, l lookup, arguments json.RawMessage) (list, bool) {
	t := g.config.Catalogue.Tool(l.tool)
	if t == nil {
		return list{}, false
	}
	result := g.call(ctx, t, arguments)
	if result.IsError {
		g.config.Logger.LogAttrs(ctx, slog.LevelDebug, "nothing to offer", slog.String("tool", l.tool), slog.Int("status", result.Status))
		return list{}, false
	}
	answer := gjson.ParseBytes(result.Object)
	rows := []gjson.Result{answer} // a single object is its own row
	if listed := answer.Get("results"); listed.IsArray() {
		rows = listed.Array()
	}
	found := list{partial: answer.Get("next_offset").Exists()}
	for _, row := range rows {
		if o := l.option(row); o != (option{}) {
			o.value, o.text = strings.Clone(o.value), strings.Clone(o.text) // the answer is let go
			found.options = append(found.options, o)
		}
	}
	return found, true
}

func (g *Guide) call(ctx context.Context, t *tools.Tool, args json.RawMessage) tools.Result {
	result := g.config.Toolbox.Call(ctx, t, args)
	g.config.Called(ctx, t, result)
	return result
}

// key names what is looked up and by whom: the caller's own key, or that there
// is none, and what the caller is narrowed to. It is a hash, so that no key of
// PostHog's is kept.
func key(ctx context.Context, tool string, args []byte) string {
	own, given := posthog.KeyFrom(ctx)
	// The key is revealed here since it shows itself as [redacted], which would
	// make all callers one.
	data, _ := json.Marshal([]any{given, own.Reveal(), tokens.CallerID(ctx), tools.LimitsOf(ctx), tools.SelectionOf(ctx), tool, string(args)})
	sum := sha256.Sum256(data)
	return string(sum[:])
}
