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

// steering returns the handler that controls the sandbox. It needs no key, and refuses a browser's cross-origin requests.
func (s *Sandbox) steering() http.Handler {
	mux := http.NewServeMux()
	for pattern, do := range map[string]func(body []byte) (any, error){
		"GET /outbox":     func([]byte) (any, error) { return object{{"messages", s.Outbox()}}, nil },
		"GET /requests":   func([]byte) (any, error) { return object{{"requests", s.Requests()}}, nil },
		"GET /state":      s.state,
		"GET /clock":      s.moveClock,
		"POST /clock":     s.moveClock,
		"GET /switches":   s.changeSwitches,
		"PATCH /switches": s.changeSwitches,
		"POST /reset": func([]byte) (any, error) {
			s.Reset()
			return object{}, nil
		},
	} {
		mux.HandleFunc(strings.Replace(pattern, "/", home+"/", 1), func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
			var v any
			if err == nil {
				v, err = do(body)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			reply{status: http.StatusOK, body: v, header: http.Header{"Cache-Control": {"no-store"}}}.write(w)
		})
	}
	mux.HandleFunc("GET /_sandbox/", servePage)
	return http.NewCrossOriginProtection().Handler(mux)
}

// readJSON reads a body into v, which stays as it is for an empty one. Unknown names are errors.
func readJSON(body []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// changeSwitches returns the switches after the change. It works under the lock, so that no concurrent change is lost.
func (s *Sandbox) changeSwitches(body []byte) (now any, err error) {
	s.Switch(func(w *Switches) {
		changed := *w
		if err = cmp.Or(readJSON(body, &changed), changed.check()); err == nil {
			*w = changed
		}
		now = *w
	})
	return now, err
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

// moveClock accepts {"advance": "36h"} or {"to": "2027-01-04T09:00:00Z"}. The clock cannot go back.
func (s *Sandbox) moveClock(body []byte) (any, error) {
	var move struct {
		Advance string    `json:"advance"`
		To      time.Time `json:"to"`
	}
	if err := readJSON(body, &move); err != nil {
		return nil, err
	}
	now := s.Advance(0)
	by, err := time.ParseDuration(cmp.Or(move.Advance, "0s"))
	if !move.To.IsZero() {
		by = move.To.Sub(now)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("advance: %w", err)
	case by < 0:
		return nil, errors.New("time does not run backwards; reset the sandbox")
	case by > lastMoment.Sub(now):
		return nil, errors.New("the sandbox's time ends with the year 2199")
	}
	return object{{"now", drf.Time{Time: s.Advance(by)}}}, nil
}

// maxStateRows is the most subscriptions and shares in a state, newest first.
const maxStateRows = 200

func (s *Sandbox) state([]byte) (state any, err error) {
	s.with(func(w *world) { state = w.state() })
	return state, nil
}

func (w *world) state() object {
	subscriptions, shares := []object{}, []object{}
	for _, s := range slices.Backward(w.tables["subscriptions"]) {
		if len(subscriptions) < maxStateRows {
			target := cut(shown(s.text("target_type"), s.text("target_value")), maxAddress)
			subscriptions = append(subscriptions, w.show("brief", s.with(row{"target": target})))
		}
	}
	for _, s := range w.tables["shares"][:min(len(w.tables["shares"]), maxStateRows)] {
		shares = append(shares, w.show("share_brief", s.with(row{"passwords": len(s.rows("_passwords"))})))
	}
	return object{
		{"now", drf.Time{Time: w.clock()}}, {"projects", w.showAll("project_brief", w.tables["projects"])},
		{"subscriptions", subscriptions}, {"shares", shares},
	}
}

//go:embed page
var pages embed.FS

// servePage serves a page for people. Titles in it are not trusted: the policy allows only its own style and script.
func servePage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	r.URL.Path = strings.Replace(r.URL.Path, home, "page", 1)
	http.FileServerFS(pages).ServeHTTP(w, r)
}
