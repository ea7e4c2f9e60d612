package sandbox_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"posthog-mcp/internal/sandbox"
)

// api is a sandbox in process for one property.
type api struct {
	t      *rapid.T
	client http.Client
}

func newAPI(t *rapid.T, opts ...sandbox.Option) *api {
	return &api{t, http.Client{Transport: sandbox.New(append(opts, at(noon))...).RoundTripper()}}
}

func (a *api) do(method, path, body string) (int, map[string]any) {
	req, err := http.NewRequest(method, "https://us.posthog.com/api/"+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+sandbox.KeyAll)
	req.Header.Set("Content-Type", "application/json")
	resp, err := a.client.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	var m map[string]any
	_ = json.NewDecoder(resp.Body).Decode(&m)
	return resp.StatusCode, m
}

// oneOf draws mostly good values, and sometimes any JSON.
func oneOf(name string, good ...any) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		if rapid.IntRange(0, 9).Draw(t, "odd") == 0 {
			return anyJSON(2).Draw(t, name)
		}
		return rapid.SampledFrom(good).Draw(t, name)
	})
}

func anyJSON(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Float64Range(-1e12, 1e12).AsAny(), rapid.String().AsAny(),
		rapid.SampledFrom([]any{"", "0", "-1", "true", "9999-12-31T23:59:59Z", json.Number("1e400"), json.Number("123456789012345678901234567890")}),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	return rapid.OneOf(append(scalars,
		rapid.SliceOfN(anyJSON(depth-1), 0, 3).AsAny(),
		rapid.MapOfN(rapid.StringN(0, 8, -1), anyJSON(depth-1), 0, 3).AsAny())...)
}

// fields draw values for a subscription's body.
func fields() map[string]*rapid.Generator[any] {
	return map[string]*rapid.Generator[any]{
		"dashboard":                 oneOf("dashboard", nil, 101, 102, 110, 999),
		"insight":                   oneOf("insight", nil, 2001, 2029, 2031, 999),
		"dashboard_export_insights": oneOf("export", []any{}, []any{2001}, []any{2001, 2002}, []any{2009}, []any{5}),
		"target_type":               oneOf("type", "email", "slack", "webhook"),
		"target_value":              oneOf("value", "a@x.example", "a@x.example,b@x.example", "C0GROWTH001|#growth", "https://hooks.example.com/x"),
		"frequency":                 oneOf("frequency", "daily", "weekly", "monthly", "yearly"),
		"interval":                  oneOf("interval", 1, 2, 5, 100, 2147483647),
		"byweekday":                 oneOf("byweekday", nil, []any{}, []any{"monday"}, []any{"friday", "monday"}),
		"bysetpos":                  oneOf("bysetpos", nil, 1, -1, 2, 5, 53, 366, -366),
		"count":                     oneOf("count", nil, 0, -3, 1, 10, 2147483647),
		"start_date":                oneOf("start", "2026-01-05T09:00:00Z", "2026-06-15T12:10:00.123456+02:00", "2024-02-29T00:00:00Z", "2030-12-31T23:59:59Z", "1990-01-01T00:00:00"),
		"until_date":                oneOf("until", nil, "2026-06-15T00:00:00Z", "2027-01-01T00:00:00Z"),
		"deleted":                   oneOf("deleted", true, false),
		"enabled":                   oneOf("enabled", true, false),
		"title":                     oneOf("title", nil, "", "Growth", "<b>&\u2028\u202e"),
		"integration_id":            oneOf("integration", nil, 701, 702, 703, 704),
		"invite_message":            oneOf("invite", nil, "", "hello"),
		"summary_enabled":           oneOf("summary", true, false),
		"summary_prompt_guide":      oneOf("guide", "", "short"),
		"no_such_field":             oneOf("unknown", 1),
	}
}

// newer draw values for the fields that only servers of today have.
func newer() map[string]*rapid.Generator[any] {
	return map[string]*rapid.Generator[any]{
		"prompt": oneOf("prompt", nil, "", "What changed?"), "send_test_now": oneOf("send", true, false), "target_type": oneOf("type", "teams"),
		"target_value": oneOf("value", teamsURL, teamsHost), "ai_prompt_config": oneOf("config", map[string]any{"window": map[string]any{"mode": "last_n_days"}}),
		"delivery_config": oneOf("delivery", map[string]any{"include_images": false}, map[string]any{"post_all_insights_in_main_message": true}),
		"contexts":        oneOf("contexts", []any{map[string]any{"insight_id": 2001}}, []any{nil, 5}, []any{map[string]any{"insight_id": []any{1, "a"}}}),
	}
}

func drawBody(t *rapid.T, names []string) map[string]any {
	all, out := fields(), map[string]any{}
	for _, name := range names {
		out[name] = all[name].Draw(t, name)
	}
	return out
}

var fieldNames = slices.Sorted(maps.Keys(fields()))

func drawSome(t *rapid.T) map[string]any {
	return drawBody(t, rapid.SliceOfDistinct(rapid.SampledFrom(fieldNames), rapid.ID[string]).Draw(t, "names"))
}

func encode(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(out)
}
