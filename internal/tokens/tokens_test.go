// Package tokens counts what an agent pays for, in the tokens of a common
// model, and keeps the table in the README true.
package tokens

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tidwall/gjson"
	"github.com/tiktoken-go/tokenizer"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/internal/transcript"
	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

// row is a line of the table: what an agent gets, and what PostHog's own answer
// would cost it.
type row struct {
	what string
	// tool and arguments give a result; selection a list of tools.
	tool, arguments string
	// raw is the call of PostHog's API that holds the same.
	raw string
	// most is the budget.
	most int
}

const project = "/api/projects/@current/"

var results = []row{
	{"20 subscriptions", "subscriptions-list", `{"limit":20}`, project + "subscriptions/?limit=20", 1300},
	{"a subscription, with its next deliveries", "subscriptions-retrieve", `{"id":1101}`, project + "subscriptions/1101/", 250},
	{"the result of a change", "subscriptions-partial-update", `{"id":1101,"title":"Growth, weekly"}`, project + "subscriptions/1101/", 180},
	{"the preview of a change", "subscriptions-partial-update", `{"id":1101,"enabled":false,"dry_run":true}`, "", 300},
	{"a user", "users-retrieve", `{}`, "/api/users/@me/", 250},
	{"10 dashboards", "dashboards-list", `{"limit":10}`, project + "dashboards/?limit=10", 500},
	{"a dashboard with its insights", "dashboards-retrieve", `{"id":101}`, project + "dashboards/101/", 300},
	{"20 insights", "insights-list", `{"limit":20}`, project + "insights/?limit=20", 1300},
	{"10 Slack channels", "slack-channels-list", `{"integration_id":701,"limit":10}`, project + "integrations/701/channels/?limit=10", 400},
	{"10 deliveries", "subscriptions-deliveries-list", `{"id":1101}`, "", 600},
}

// offered are tool lists: what every session begins with.
var offered = []struct {
	what      string
	selection engine.Selection
	most      int // the budget for each tool, on average
}{
	{"all N tools", engine.Selection{}, 172},
	{"--read-only", engine.Selection{ReadOnly: true}, 135},
	{"--toolsets subscriptions,lookup", engine.Selection{Toolsets: []string{tools.SubscriptionTools, tools.LookupTools}}, 205},
}

// Every row is within its budget, and the README's table says what it is. The
// table is rewritten with -update, which judges no budget.
func TestGoldenTable(t *testing.T) {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	count := func(text []byte) int {
		n, err := codec.Count(string(text))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	table := "| what an agent reads | tokens | PostHog's own answer |\n|---|--:|--:|\n"
	for _, o := range offered {
		offers := list(t, catalogue, o.selection)
		n, length := count(offers), len(gjson.ParseBytes(offers).Array())
		what := strings.Replace(o.what, "N", fmt.Sprint(length), 1)
		table += fmt.Sprintf("| the tool list: %s | %s | |\n", what, thousands(n))
		if n > o.most*length && !transcript.Updating(t) {
			t.Errorf("%s: %d tokens, the budget is %d", what, n, o.most*length)
		}
	}
	for _, r := range results {
		world := newWorld()
		result := world.box.Call(context.Background(), catalogue.Tool(r.tool), json.RawMessage(r.arguments))
		if result.IsError {
			t.Fatalf("%s: %s", r.what, result.Text)
		}
		n, raw := count(result.Object), ""
		if r.raw != "" {
			raw = thousands(count(world.get(t, r.raw)))
		}
		table += fmt.Sprintf("| %s | %s | %s |\n", r.what, thousands(n), raw)
		if n > r.most && !transcript.Updating(t) {
			t.Errorf("%s: %d tokens, the budget is %d: %s", r.what, n, r.most, result.Object)
		}
	}
	inReadme(t, table)
}

// longNames makes titles as long as people's: of 30 characters at least.
type longNames struct{ engine.Upstream }

var shortName = regexp.MustCompile(`"(title)":"([^"]{1,29})"`)

func (l longNames) Do(ctx context.Context, r *engine.Request) (*engine.Response, error) {
	response, err := l.Upstream.Do(ctx, r)
	if err == nil {
		response.Body = shortName.ReplaceAllFunc(response.Body, func(m []byte) []byte {
			const more = " of all accounts in every region"
			parts := shortName.FindSubmatch(m)
			return fmt.Appendf(nil, `"%s":"%s%s"`, parts[1], parts[2], more[:max(0, 30-len(parts[2]))])
		})
	}
	return response, err
}

// A page of subscriptions stays small where titles are as long as people write them.
func TestLongTitles(t *testing.T) {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	world := newWorld()
	world.box.API = longNames{world.box.API}
	result := world.box.Call(context.Background(), catalogue.Tool("subscriptions-list"), json.RawMessage(`{"limit":20}`))
	if n, err := codec.Count(string(result.Object)); err != nil || n > 1300 {
		t.Errorf("%d tokens, %v: %s", n, err, result.Object)
	}
}

// thousands writes 12345 as 12,345.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d,%03d", n/1000, n%1000)
}

type world struct {
	*sandbox.Sandbox
	box *engine.Toolbox
}

func newWorld() world {
	now := func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }
	s := sandbox.New(sandbox.WithClock(now))
	return world{s, &engine.Toolbox{
		API: posthog.New(posthog.Options{Base: s.RoundTripper(), Key: sandbox.KeyAll}), Host: "https://us.posthog.com", Now: now,
	}}
}

// get is PostHog's own answer.
func (w world) get(t *testing.T, path string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://sandbox"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+sandbox.KeyAll)
	response, err := w.RoundTripper().RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d, %v", path, response.StatusCode, err)
	}
	return body
}

// list is the tools array of a tools/list.
func list(t *testing.T, catalogue *engine.Catalogue, s engine.Selection) []byte {
	t.Helper()
	box := &engine.Toolbox{Rules: engine.Rules{Selection: s}}
	server := transport.NewServer(transport.Options{Catalogue: catalogue, Toolbox: box, Profile: schema.Standard, Logger: slog.New(slog.DiscardHandler)})
	raw, err := json.Marshal(server.HandleMessage(t.Context(), json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"tools/list"}`)))
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Result struct{ Tools json.RawMessage }
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Result.Tools
}

func inReadme(t *testing.T, table string) {
	t.Helper()
	const path, begin, end = "../../README.md", "<!-- tokens -->\n", "<!-- /tokens -->"
	readme, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(readme), begin)
	old, after, both := strings.Cut(rest, end)
	if !found || !both {
		t.Fatalf("the README has no %s", begin)
	}
	if transcript.Updating(t) {
		if err := os.WriteFile(path, []byte(before+begin+table+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(old, table); diff != "" {
		t.Errorf("the README's table (-README +measured; make tokens rewrites it):\n%s", diff)
	}
}
