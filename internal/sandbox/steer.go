package sandbox

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

const home = "/_sandbox"

// steering returns the handler that controls the sandbox. It needs no key, and refuses cross-origin requests of a
// browser.
func (s *Sandbox) steering() http.Handler {
	mux := http.NewServeMux()
	for name, view := range map[string]func() any{
		"outbox":   func() any { return object{{"messages", s.Outbox()}} },
		"requests": func() any { return object{{"requests", s.Requests()}} },
		"clock":    func() any { return showClock(s.Advance(0)) },
		"switches": func() any { return s.switches() },
		"state": func() (state any) {
			s.with(func(w *world) { state = w.state() })
			return state
		},
	} {
		mux.HandleFunc("GET /_sandbox/"+name, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, view(), nil) })
	}
	mux.HandleFunc("POST /_sandbox/clock", s.moveClock)
	mux.HandleFunc("PATCH /_sandbox/switches", s.changeSwitches)
	mux.HandleFunc("POST /_sandbox/reset", func(w http.ResponseWriter, _ *http.Request) {
		s.Reset()
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /_sandbox/", servePage)
	return http.NewCrossOriginProtection().Handler(mux)
}

// writeJSON answers with v, or with the error if there is one.
func writeJSON(w http.ResponseWriter, v any, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	ok(v).write(w, false)
}

// readJSON reads a body into v. Unknown names are errors.
func readJSON(body io.Reader, v any) error {
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (s *Sandbox) switches() (now Switches) {
	s.Switch(func(w *Switches) { now = *w })
	return now
}

func (s *Sandbox) changeSwitches(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	// Under the lock, so that no concurrent change is lost.
	s.Switch(func(now *Switches) {
		changed := *now
		if err == nil {
			err = readJSON(bytes.NewReader(body), &changed)
		}
		if err == nil {
			err = changed.check()
		}
		if err == nil {
			*now = changed
		}
	})
	writeJSON(w, s.switches(), err)
}

// check returns an error for a switch with an invalid value.
func (w *Switches) check() error {
	for _, s := range [][2]string{
		{"plan", w.Plan}, {"access_level", w.AccessLevel}, {"dashboard_search", w.DashboardSearch}, {"integrations", w.Integrations}, {"generation", string(w.Generation)},
	} {
		if known := rules().Choices[s[0]]; !slices.Contains(known, s[1]) {
			return fmt.Errorf("%s: %q is not one of %s", s[0], s[1], strings.Join(known, ", "))
		}
	}
	return nil
}

func showClock(now time.Time) object { return object{{"now", drf.Time{Time: now}}} }

// moveClock accepts {"advance": "36h"} or {"to": "2027-01-04T09:00:00Z"}. The clock cannot go back.
func (s *Sandbox) moveClock(w http.ResponseWriter, r *http.Request) {
	var move struct {
		Advance string    `json:"advance"`
		To      time.Time `json:"to"`
	}
	now, err := s.Advance(0), readJSON(http.MaxBytesReader(w, r.Body, maxBody), &move)
	by, wrong := time.ParseDuration(cmp.Or(move.Advance, "0s"))
	if !move.To.IsZero() {
		by = move.To.Sub(now)
	}
	switch {
	case err != nil:
	case wrong != nil:
		err = fmt.Errorf("advance: %w", wrong)
	case by < 0:
		err = errors.New("time does not run backwards; reset the sandbox")
	case by > lastMoment.Sub(now):
		err = errors.New("the sandbox's time ends with the year 2199")
	default:
		now = s.Advance(by)
	}
	writeJSON(w, showClock(now), err)
}

// maxStateRows is the most subscriptions and shares in a state, newest first.
const maxStateRows = 200

// state returns an overview of the world.
func (w *world) state() object {
	subscriptions := []object{}
	for _, s := range slices.Backward(w.tables["subscriptions"]) {
		if len(subscriptions) < maxStateRows {
			target := cut(shown(s.text("target_type"), s.text("target_value")), maxAddress)
			subscriptions = append(subscriptions, w.show("brief", s.with(row{"target": target})))
		}
	}
	shares := []object{}
	for _, s := range w.tables["shares"][:min(len(w.tables["shares"]), maxStateRows)] {
		shares = append(shares, object{{"project", s["project"]}, {"recording", s["recording"]}, {"enabled", s.is("enabled")},
			{"password_required", s.is("password_required")}, {"passwords", len(s.rows("_passwords"))}})
	}
	return object{
		{"now", drf.Time{Time: w.clock()}}, {"projects", w.counts()}, {"subscriptions", subscriptions},
		{"shares", shares}, {"messages", len(w.outbox)}, {"deliveries", len(w.tables["deliveries"])},
		{"requests", len(w.seen)},
	}
}

func (w *world) counts() (out []object) {
	for _, p := range w.tables["projects"] {
		count := map[string]int{}
		for _, s := range w.tables["subscriptions"] {
			if s["team_id"] == p["id"] {
				count[fmt.Sprint(s.is("deleted"), s.is("enabled") || s.is("deleted"))]++
			}
		}
		out = append(out, object{{"id", p["id"]}, {"name", p["name"]}, {"live", count["false true"]}, {"disabled", count["false false"]},
			{"deleted", count["true true"]}})
	}
	return out
}

//go:embed page
var pages embed.FS

// servePage serves a page for people, with the live outbox and state. Titles in it are not trusted: the policy allows
// only the page's own style and script.
func servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	r.URL.Path = strings.Replace(r.URL.Path, home, "page", 1)
	http.FileServerFS(pages).ServeHTTP(w, r)
}
