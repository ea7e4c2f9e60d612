package doctor_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/doctor"
	"posthog-mcp/internal/sandbox"
)

// What PostHog is asked: reads alone, and few.
func TestRequests(t *testing.T) {
	s := world(asItIs)
	doctor.Examine(t.Context(), settings(t, serve(t, s, noon), sandbox.KeyAll))
	var got []string
	for _, r := range s.Requests() {
		got = append(got, strings.TrimSpace(fmt.Sprintf("%s %s %s %d", r.Method, r.Path, r.Query, r.Status)))
	}
	want := []string{
		"GET /api/users/@me/  401",
		"GET /api/personal_api_keys/@current/  200",
		"GET /api/users/@me/  200",
		"GET /api/projects/@current/  200",
		"GET /api/projects/@current/subscriptions/ limit=1 200",
		"GET /api/projects/@current/dashboards/ limit=1 200",
		"GET /api/projects/@current/insights/ basic=true&limit=1 200",
		"GET /api/projects/@current/integrations/ limit=1 200",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The key is shown to nobody who was not seen to be PostHog.
func TestKeyStaysHome(t *testing.T) {
	for name, h := range map[string]http.Handler{
		"a web page":      http.FileServer(http.Dir(".")),
		"a redirect":      http.RedirectHandler("https://login.example.com/", http.StatusFound),
		"another service": http.NotFoundHandler(),
	} {
		t.Run(name, func(t *testing.T) {
			watched := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "" {
					t.Errorf("the key came with %s %s", r.Method, r.URL)
				}
				h.ServeHTTP(w, r)
			})
			if doctor.Examine(t.Context(), settings(t, serve(t, watched, noon), sandbox.KeyAll)).OK {
				t.Error("all is well")
			}
		})
	}
}

const canaryKey = "phx_CANARY_key_0123456789"

// Whatever a server says to a key, and it may repeat it, nothing that is printed
// or logged has the key in it.
func TestSecrets(t *testing.T) {
	for _, status := range []int{200, 301, 400, 401, 402, 403, 404, 500} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			told := false
			evil := withKey(func(w http.ResponseWriter, r *http.Request) {
				key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				told = told || key == canaryKey
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Location", "https://"+key+".example.com/"+key)
				w.WriteHeader(status)
				_ = json.NewEncoder(w).Encode(repeating(key))
			})
			o := settings(t, serve(t, evil, noon), canaryKey)
			log := &strings.Builder{}
			o.Logger = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			report := doctor.Examine(t.Context(), o)
			text, object := printed(t, report)
			for where, words := range map[string]string{"text": text, "json": object, "log": log.String(), "the report": fmt.Sprintf("%+v %#v", report, report)} {
				if strings.Contains(words, "CANARY") {
					t.Errorf("the key is in %s: %s", where, words)
				}
			}
			if !told || !strings.Contains(log.String(), "PostHog call") {
				t.Error("the key was not there to be leaked")
			}
		})
	}
}

// repeating has the key in all that is read of an answer.
func repeating(key string) map[string]any {
	place := map[string]any{"id": 31001, "name": key, "timezone": key, "teams": []any{map[string]any{"id": 31001, "name": key}}}
	return map[string]any{
		"type": key, "detail": key, "label": key, "mask_value": key, "scopes": []string{"*", key}, "scoped_teams": []string{key},
		"scoped_organizations": []string{key}, "first_name": key, "last_name": key, "email": key + "@" + key, "id": 31001,
		"name": key, "timezone": key, "organization": place, "team": place, "organizations": []any{place},
	}
}

// A person's terminal takes nothing from whoever names a project.
func TestNamesAreTame(t *testing.T) {
	const wild = "a\x1b[31mb\u202ec\nd"
	h := withKey(func(w http.ResponseWriter, _ *http.Request) {
		place := map[string]any{"id": 1, "name": wild + strings.Repeat("x", 5000)}
		_ = json.NewEncoder(w).Encode(map[string]any{"label": wild, "scopes": []string{"*"}, "id": 1, "name": place["name"], "organization": place, "team": place})
	})
	text, _ := printed(t, doctor.Examine(t.Context(), settings(t, serve(t, h, noon), sandbox.KeyAll)))
	if strings.ContainsAny(text, "\x1b\u202e") || strings.Contains(text, strings.Repeat("x", 100)) {
		t.Errorf("what PostHog says is printed as it is: %q", text)
	}
}

func TestColors(t *testing.T) {
	report := doctor.Examine(t.Context(), settings(t, serve(t, world(asItIs), noon), sandbox.KeyReadOnly))
	var plain, colored strings.Builder
	if err := report.Print(&plain, false); err != nil {
		t.Fatal(err)
	}
	if err := report.Print(&colored, true); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(colored.String(), "\x1b[32mok") || !strings.Contains(colored.String(), "\x1b[33mwarning") {
		t.Errorf("no colors: %q", colored.String())
	}
	for _, code := range []string{"0", "1", "2", "31", "32", "33"} {
		stripped := strings.ReplaceAll(colored.String(), "\x1b["+code+"m", "")
		colored.Reset()
		_, _ = io.WriteString(&colored, stripped)
	}
	if diff := cmp.Diff(plain.String(), colored.String()); diff != "" {
		t.Errorf("colors change more than colors:\n%s", diff)
	}
}
