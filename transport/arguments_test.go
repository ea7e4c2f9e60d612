package transport_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a client makes of a call is undone on the way from its message to
// PostHog, however much of it is text.
func TestArgumentsAsText(t *testing.T) {
	for _, arguments := range []string{
		`{"hedgehog_config":{"color":"green"}}`,
		`{"hedgehog_config":"{\"color\":\"green\"}"}`,
		`"{\"hedgehog_config\":{\"color\":\"green\"}}"`,
		`"{\"hedgehog_config\":\"{\\\"color\\\":\\\"green\\\"}\"}"`,
		`{"hedgehog_config":{"color":"green"},"wait_for_previous":true,"uuid":"","email":""}`,
	} {
		var body string
		base := carrier(func(r *http.Request) (*http.Response, error) {
			sent, _ := io.ReadAll(r.Body)
			body = string(sent)
			return says(200, `{"id":1}`)(r)
		})
		got, raw := callTool(t, base, slog.New(slog.DiscardHandler), "users-partial-update", arguments)
		if diff := cmp.Diff(`{"hedgehog_config":{"color":"green"}}`, body); diff != "" || got.IsError || !json.Valid([]byte(raw)) {
			t.Errorf("%s: %s (-want +got):\n%s", arguments, raw, diff)
		}
	}
}
