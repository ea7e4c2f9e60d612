package tools_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"

	"github.com/tidwall/gjson"
	"pgregory.net/rapid"

	"posthog-mcp/tools/engine"
)

// Whatever several callers do to a recording's link at the same moment, under
// either choice of --confirm: it is open to everyone who has it only where a
// person agreed to that, and a lock that a call puts on it stays, until a person
// agrees to take it away.
func TestModelOfSharing(t *testing.T) {
	const recording = "0191a000-1111-7000-8000-00000000abcd"
	rapid.Check(t, func(t *rapid.T) {
		w := of(rapid.SampledFrom(generations).Draw(t, "generation"))
		m := &model{world: w, confirm: rapid.SampledFrom([]engine.Confirm{engine.ConfirmDestructive, engine.ConfirmSends}).Draw(t, "confirm")}
		call := func(tool, members string) gjson.Result {
			r, _ := w.call(context.Background(), "session-recordings-sharing-"+tool, with(`{"recording_id":"`+recording+`"}`, members))
			return gjson.ParseBytes(r.Object)
		}
		call("partial-update", rapid.SampledFrom([]string{`"enabled":false,"password_required":true`, `"enabled":true,"password_required":true`, `"enabled":false`}).Draw(t, "saved"))
		replicas := [2]*engine.Toolbox{m.replica(t), m.replica(t)}
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			before := isOpen(call("retrieve", ""))
			var agreed atomic.Bool
			var calls []func(context.Context)
			for i := range rapid.IntRange(2, 4).Draw(t, "callers") {
				arguments := with(`{"recording_id":"`+recording+`"}`, rapid.SampledFrom([]string{
					// The halves that could open a link when they meet, and then anything.
					`"enabled":true`, `"enabled":true`, `"enabled":true`, `"password_required":false`, `"password_required":false`, `"password_required":false`,
					`"enabled":false`, `"password_required":true`, `"enabled":true,"password_required":true`,
					`"enabled":true,"password_required":false`, `"enabled":false,"password_required":false`, `"settings":{"noHeader":true}`, `"enabled":true,"settings":{"noHeader":true}`,
				}).Draw(t, "arguments"))
				tool := rapid.SampledFrom([]string{"partial-update", "partial-update", "partial-update", "partial-update", "partial-update", "refresh-create"}).Draw(t, "tool")
				if tool == "refresh-create" {
					arguments = `{"recording_id":"` + recording + `"}`
				}
				agrees := rapid.IntRange(0, 3).Draw(t, "agrees") > 0
				calls = append(calls, func(ctx context.Context) {
					if m.shares(ctx, replicas[i%2], "session-recordings-sharing-"+tool, arguments, agrees) {
						agreed.Store(true)
					}
				})
			}
			(&race{t: t, w: w}).run(calls)
			if now := call("retrieve", ""); isOpen(now) && !before && !agreed.Load() {
				t.Fatalf("open, and nobody agreed: %s", now)
			}
		}
	})
}

// shares makes a call, and makes it again where the person agrees to it. It tells
// whether they agreed to a link that everyone can watch.
func (m *model) shares(ctx context.Context, box *engine.Toolbox, tool, arguments string, agrees bool) bool {
	c, err := confirmedCatalogue()
	if err != nil {
		panic(err)
	}
	ctx = engine.WithCaller(ctx, engine.Caller{ID: arguments})
	preview := gjson.GetBytes(box.Call(ctx, c.Tool(tool), json.RawMessage(arguments)).Object, "preview")
	if !preview.Exists() || !agrees {
		return false
	}
	box.Call(ctx, c.Tool(tool), json.RawMessage(with(arguments, `"confirmation":`+preview.Get("confirmation").Raw)))
	return isOpen(preview.Get("after"))
}

func isOpen(sharing gjson.Result) bool {
	return sharing.Get("enabled").Bool() && !sharing.Get("password_required").Bool()
}

// A call that nobody had to agree to does not undo what landed before it.
func TestLockDoesNotReopen(t *testing.T) {
	for _, c := range []struct{ name, saved, late, early, want string }{
		{"a lock, after the link was closed", `"enabled":true,"password_required":false`, `"password_required":true`, `"enabled":false`, `false true`},
		{"a lock, after the link was opened", `"enabled":false,"password_required":false`, `"password_required":true`, `"enabled":true`, `true true`},
		{"an opening, after a lock", `"enabled":false,"password_required":false`, `"enabled":true`, `"password_required":true`, `true true`},
		{"an unlocking, after the link was closed", `"enabled":true,"password_required":true`, `"password_required":false`, `"enabled":false`, `false false`},
		{"an opening of what was locked, after an unlocking", `"enabled":false,"password_required":true`, `"enabled":true`, `"password_required":false`, `true true`},
		{"an unlocking of what was closed, after an opening", `"enabled":false,"password_required":true`, `"password_required":false`, `"enabled":true`, `false false`},
	} {
		w := confirming(t, engine.ConfirmDestructive, nil)
		const tool = "session-recordings-sharing-partial-update"
		of := func(members string) string { return `{"recording_id":"r",` + members + `}` }
		w.unruled(t, tool, of(c.saved))
		// The late one is agreed to before the early one lands.
		refused, _ := w.call(as("late"), tool, of(c.late))
		late := of(c.late)
		if confirmation := gjson.GetBytes(refused.Object, "preview.confirmation"); confirmation.Exists() {
			late = with(late, `"confirmation":`+confirmation.Raw)
		}
		w.unruled(t, tool, of(c.saved))
		w.lands(as("late"), tool, late, func() { w.agreed(as("early"), tool, of(c.early)) })
		now := w.unruled(t, "session-recordings-sharing-retrieve", `{"recording_id":"r"}`)
		if got := now.Get("enabled").Raw + " " + now.Get("password_required").Raw; got != c.want {
			t.Errorf("%s: want %s, got %s", c.name, c.want, got)
		}
	}
}
