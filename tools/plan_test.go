package tools_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/internal/transcript"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport/posthog"
)

// firstNew is the id of the first subscription that a test makes.
const firstNew = 90001

// world is a sandbox at noon, and tools that call it.
type world struct {
	*sandbox.Sandbox
	box *engine.Toolbox
	// mail is what went to whom of the subscriptions that the test made.
	mail []sandbox.Message
}

func newWorld(options ...sandbox.Option) *world {
	w := &world{}
	w.Sandbox = sandbox.New(append(options, sandbox.WithClock(func() time.Time { return noon }), sandbox.WithOutbox(func(m sandbox.Message) {
		if m.Subscription >= firstNew {
			w.mail = append(w.mail, m)
		}
	}))...)
	w.box = &engine.Toolbox{
		API:     posthog.New(posthog.Options{Base: w.RoundTripper(), Key: sandbox.KeyAll}),
		Project: fmt.Sprint(sandbox.ProjectMain), Host: "https://us.posthog.com", Now: func() time.Time { return noon },
	}
	return w
}

var confirmedCatalogue = sync.OnceValues(tools.NewConfirmedCatalogue)

// call makes a call, and returns what was asked of PostHog for it. Whatever the
// call is, nobody got a message whom the world's lists do not allow.
func (w *world) call(ctx context.Context, tool, arguments string) (engine.Result, []string) {
	c, err := confirmedCatalogue()
	if err != nil {
		panic(err)
	}
	before, sent := len(w.Requests()), len(w.Outbox())
	result := w.box.Call(ctx, c.Tool(tool), json.RawMessage(arguments))
	if fault := malformed(result); fault != "" {
		panic(tool + " " + arguments + ": " + fault)
	}
	for _, m := range w.Outbox()[sent:] {
		if err := w.box.Rules.Recipients.Check(m.Kind, m.To); err != nil {
			panic(fmt.Sprintf("%s %s: sent to %s %s: %v", tool, arguments, m.Kind, m.To, err))
		}
	}
	var asked []string
	for _, r := range w.Requests()[before:] {
		asked = append(asked, r.Method+" "+r.Path)
	}
	return result, asked
}

// with adds members to a JSON object.
func with(object, members string) string {
	return strings.TrimSuffix(object, "}") + strings.TrimSuffix(","[:min(1, len(object)-2)]+members, ",") + "}"
}

// What a dry run of each write shows, what was read for it, and that nothing
// else was sent. The file is rewritten with -update.
func TestGoldenDryRun(t *testing.T) {
	transcript.Replay(t, func(t *testing.T, archive *txtar.Archive) {
		for i, section := range archive.Files {
			tool, arguments, _ := strings.Cut(section.Name, " ")
			w := newWorld()
			result, asked := w.call(t.Context(), tool, with(arguments, `"dry_run":true`))
			if wrote := slices.ContainsFunc(asked, func(a string) bool { return !strings.HasPrefix(a, "GET ") }); wrote || len(w.Outbox()) > 0 {
				t.Errorf("%s: sent %q, %d messages", section.Name, asked, len(w.Outbox()))
			}
			if result.IsError || result.Write != nil || !json.Valid(result.Object) {
				t.Errorf("%s: %s", section.Name, result.Object)
			}
			archive.Files[i].Data = []byte(strings.Join(append(asked, string(result.Object)), "\n") + "\n")
		}
	})
}

// Every write is in that file.
func TestDryRunOfEveryWrite(t *testing.T) {
	file, err := os.ReadFile("testdata/dry-run.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range catalogue(t).Tools() {
		has := strings.Contains(string(file), "\n-- "+tool.Name+" {")
		if write := tool.Effect != engine.Read; has != write || write != (tool.Schema.Field("dry_run") != nil) {
			t.Errorf("%s: effect %s, in the file %v", tool.Name, tool.Effect, has)
		}
	}
}

var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

// schedules draws the members of a schedule that delivers.
func schedules(t *rapid.T) string {
	frequency := rapid.SampledFrom([]string{"daily", "weekly", "monthly"}).Draw(t, "frequency")
	start := noon.Add(time.Duration(rapid.IntRange(-90*24, 90*24).Draw(t, "start")) * time.Hour)
	members := fmt.Sprintf(`"frequency":%q,"interval":%d,"start_date":%q`, frequency, rapid.IntRange(1, 3).Draw(t, "interval"), start.Format(time.RFC3339))
	if days := rapid.SliceOfNDistinct(rapid.SampledFrom(weekdays), 0, 3, rapid.ID).Draw(t, "days"); len(days) > 0 {
		list, _ := json.Marshal(days)
		members += `,"byweekday":` + string(list)
		if rapid.Bool().Draw(t, "setpos") {
			members += fmt.Sprintf(`,"bysetpos":%d`, rapid.SampledFrom([]int{1, 2, -1}).Draw(t, "position"))
		}
	}
	if rapid.Bool().Draw(t, "counted") {
		members += fmt.Sprintf(`,"count":%d`, rapid.IntRange(1, 40).Draw(t, "count"))
	}
	if rapid.Bool().Draw(t, "bounded") {
		members += fmt.Sprintf(`,"until_date":%q`, start.AddDate(0, rapid.IntRange(0, 6).Draw(t, "months"), 0).Format(time.RFC3339))
	}
	return members
}

var people = []string{"a@team.example", "b@team.example", "c@other.example", "d@team.example"}

func recipients(t *rapid.T) string {
	chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(people), 1, 4, rapid.ID).Draw(t, "recipients")
	return fmt.Sprintf(`"target_value":%q`, strings.Join(chosen, ","))
}

// What was previewed is what the outbox shows: at once, and as time moves.
func TestPreviewComesTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom(generations).Draw(t, "generation")
		w, minutes := of(g), ":00:00Z"
		if g == sandbox.Today {
			minutes = rapid.SampledFrom([]string{":00:00Z", ":10:00Z", ":30:00Z", ":59:59Z"}).Draw(t, "minutes")
		}
		schedules := func(t *rapid.T) string { return strings.ReplaceAll(schedules(t), ":00:00Z", minutes) }
		arguments := `{"target_type":"email","insight":2001,` + recipients(t) + `,` + schedules(t) + `}`
		preview, made := w.previewed(t, "subscriptions-create", arguments)
		for range rapid.IntRange(0, 2).Draw(t, "changes") {
			if !made {
				return // PostHog refused, as it does a schedule without a date
			}
			change := rapid.SampledFrom([]string{recipients(t), schedules(t), `"enabled":false`, `"enabled":true`, `"title":"x"`}).Draw(t, "change")
			preview, made = w.previewed(t, "subscriptions-partial-update", fmt.Sprintf(`{"id":%d,"target_type":"email",%s}`, firstNew, change))
		}
		if made && (g == sandbox.Page || !strings.Contains(string(preview.Object), "read bysetpos only")) {
			w.comesTrue(t, preview)
		}
	})
}

// previewed makes a call after a dry run of it: who gets a message at once is
// who was said to.
func (w *world) previewed(t *rapid.T, tool, arguments string) (preview engine.Result, made bool) {
	preview, _ = w.call(context.Background(), tool, with(arguments, `"dry_run":true`))
	before := len(w.mail)
	result, _ := w.call(context.Background(), tool, arguments)
	if preview.IsError && !result.IsError {
		t.Fatalf("%s: the preview was refused: %s", arguments, preview.Object)
	}
	if result.IsError {
		return preview, false
	}
	sure, sent := texts(preview, "at_once"), recipientsOf(w.mail[before:])
	if perhaps := slices.Concat(sure, texts(preview, "perhaps_at_once")); len(sent) > len(sure) {
		sure = perhaps
	}
	if diff := cmp.Diff(sure, sent); diff != "" {
		t.Fatalf("%s (-previewed +sent):\n%s", arguments, diff)
	}
	return preview, true
}

// comesTrue moves the clock to the last of the previewed dates; what was
// delivered until then is what was said.
func (w *world) comesTrue(t *rapid.T, preview engine.Result) {
	before, end := len(w.mail), noon.AddDate(0, 0, 1)
	var want, got []string
	for _, at := range texts(preview, "after.next") {
		end, _ = time.Parse(time.RFC3339, at)
		for person := range strings.SplitSeq(gjson.GetBytes(preview.Object, "after.email").String(), ",") {
			want = append(want, at+" "+person)
		}
	}
	const step = 3 * 24 * time.Hour // the sandbox catches up with a few deliveries only
	for now := noon; now.Before(end); now = now.Add(min(step, end.Sub(now))) {
		w.Advance(min(step, end.Sub(now)))
	}
	for _, m := range w.mail[before:] {
		got = append(got, m.At.Format(time.RFC3339)+" "+m.To)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s (-previewed +delivered):\n%s", preview.Object, diff)
	}
}

func recipientsOf(messages []sandbox.Message) (to []string) {
	for _, m := range messages {
		to = append(to, m.To)
	}
	return to
}

func texts(r engine.Result, path string) (all []string) {
	for _, v := range gjson.GetBytes(r.Object, path).Array() {
		all = append(all, v.String())
	}
	return all
}

// The result of a change says who gets a message at once.
func TestResultSaysWhatIsSent(t *testing.T) {
	w := newWorld()
	for _, c := range []struct{ tool, arguments, want string }{
		{"subscriptions-create", `{` + newMail + `,"target_value":"a@x.example"}`, `["a@x.example"]`},
		{"subscriptions-create", `{` + newMail + `,"target_value":"a@x.example","enabled":false}`, ""},
		{"subscriptions-partial-update", `{"id":1134,"target_value":"a@x.example"}`, `["a@x.example"]`},
		{"subscriptions-partial-update", `{"id":1101,"target_value":"growth@hedgebox.example"}`, ""}, // one is taken away
		{"subscriptions-partial-update", `{"id":1101,"target_value":"growth@hedgebox.example,b@x.example","fields":["id"]}`, `["b@x.example"]`},
		{"subscriptions-partial-update", `{"id":1134,"title":"x"}`, ""},
		{"subscriptions-partial-update", `{"id":1134,"target_value":"b@x.example","enabled":false}`, ""},
	} {
		result, _ := w.call(t.Context(), c.tool, c.arguments)
		if got := gjson.GetBytes(result.Object, "at_once").String(); got != c.want {
			t.Errorf("%s %s: want %q, got %s", c.tool, c.arguments, c.want, result.Object)
		}
	}
}
