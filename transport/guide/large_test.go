package guide_test

import (
	"context"
	"strings"
	"testing"
)

// What is far too long for what it stands for is refused by its length: nothing
// is asked of PostHog, and nothing of it comes back.
func TestLarge(t *testing.T) {
	const most = 300 << 10
	for _, fill := range []string{"1", "%41", "\u200b", "/"} {
		long := strings.Repeat(fill, most/len(fill))
		prompt := map[string]string{"type": "ref/prompt", "name": reviews}
		for name, c := range map[string]struct {
			method string
			params any
		}{
			"a URI":              {"resources/read", map[string]any{"uri": "posthog://subscriptions/" + long}},
			"another URI":        {"resources/read", map[string]any{"uri": long}},
			"a prompt's name":    {"prompts/get", map[string]any{"name": long}},
			"its argument":       {"prompts/get", map[string]any{"name": reviews, "arguments": map[string]string{"about": long}}},
			"an argument's name": {"prompts/get", map[string]any{"name": reviews, "arguments": map[string]string{long: "x"}}},
			"a value":            {"completion/complete", map[string]any{"ref": prompt, "argument": map[string]string{"name": "about", "value": long}}},
			"a value's name":     {"completion/complete", map[string]any{"ref": prompt, "argument": map[string]string{"name": long, "value": ""}}},
			"a value's prompt":   {"completion/complete", map[string]any{"ref": map[string]string{"type": "ref/prompt", "name": long}, "argument": map[string]string{"name": "about", "value": ""}}},
			"a value's URI":      {"completion/complete", map[string]any{"ref": map[string]string{"type": "ref/resource", "uri": long}, "argument": map[string]string{"name": "id", "value": ""}}},
		} {
			d := newDesk(t, setup{})
			r := d.ask(context.Background(), c.method, c.params)
			refused := r.Error != nil && len(r.Error.Message) < 1000
			nothing := r.Error == nil && strings.Contains(string(r.Result), `"values":[]`)
			if !refused && !nothing {
				t.Errorf("%s of %q: %.300s %.300v", name, fill, r.Result, r.Error)
			}
			if seen := d.seen(); len(seen) > 0 {
				t.Errorf("%s of %q: asked %q", name, fill, seen)
			}
		}
	}
}
