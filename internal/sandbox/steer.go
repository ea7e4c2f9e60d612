package sandbox

import (
	"bytes"
	"cmp"
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

// steering answers for the double itself. It knows no key, and refuses what a
// foreign web page would have a browser send.
func (s *Sandbox) steering() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /_sandbox/outbox":   func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, object{{"messages", s.Outbox()}}) },
		"GET /_sandbox/requests": func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, object{{"requests", s.Requests()}}) },
		"GET /_sandbox/state": func(w http.ResponseWriter, _ *http.Request) {
			var state object
			s.with(func(w *world) { state = w.state() })
			writeJSON(w, state)
		},
		"GET /_sandbox/clock": func(w http.ResponseWriter, _ *http.Request) {
			writeJSON(w, object{{"now", drf.Time{Time: s.Advance(0)}}})
		},
		"POST /_sandbox/clock":     s.moveClock,
		"GET /_sandbox/switches":   func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.switches()) },
		"PATCH /_sandbox/switches": s.changeSwitches,
		"POST /_sandbox/reset": func(w http.ResponseWriter, _ *http.Request) {
			s.Reset()
			w.WriteHeader(http.StatusNoContent)
		},
		"GET /_sandbox":  servePage,
		"GET /_sandbox/": servePage,
	} {
		mux.HandleFunc(pattern, handle)
	}
	return http.NewCrossOriginProtection().Handler(mux)
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Cache-Control", "no-store")
	ok(v).write(w, false)
}

// readJSON reads a steering body onto v: unknown names are errors.
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
	// Under the lock, so that of two changes at once neither is lost.
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
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	writeJSON(w, s.switches())
}

// check says which switch has a value that means nothing.
func (w *Switches) check() error {
	for _, s := range []struct {
		name, value string
		known       []string
	}{
		{"plan", w.Plan, []string{"free", "paid", "enterprise"}},
		{"access_level", w.AccessLevel, []string{"editor", "viewer", "none"}},
		{"dashboard_search", w.DashboardSearch, []string{"exact", "mixed", "absent"}},
		{"integrations", w.Integrations, []string{"new", "mid", "old"}},
	} {
		if !slices.Contains(s.known, s.value) {
			return fmt.Errorf("%s: %q is not one of %s", s.name, s.value, strings.Join(s.known, ", "))
		}
	}
	return nil
}

// moveClock takes {"advance": "36h"} or {"to": "2027-01-04T09:00:00Z"}; time
// does not run backwards.
func (s *Sandbox) moveClock(w http.ResponseWriter, r *http.Request) {
	var move struct {
		Advance string    `json:"advance"`
		To      time.Time `json:"to"`
	}
	if err := readJSON(http.MaxBytesReader(w, r.Body, maxBody), &move); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	by, err := time.ParseDuration(cmp.Or(move.Advance, "0s"))
	now := s.Advance(0)
	if !move.To.IsZero() {
		by = move.To.Sub(now)
	}
	switch {
	case err != nil:
		http.Error(w, "advance: "+err.Error(), http.StatusBadRequest)
	case by < 0:
		http.Error(w, "time does not run backwards; reset the sandbox", http.StatusBadRequest)
	case by > lastMoment.Sub(now):
		http.Error(w, "the sandbox's time ends with the year 2199", http.StatusBadRequest)
	default:
		writeJSON(w, object{{"now", drf.Time{Time: s.Advance(by)}}})
	}
}
