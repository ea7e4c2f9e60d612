package main

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// What a siege must not come to.
func TestSiegeVerdict(t *testing.T) {
	const calm = 10 * time.Millisecond
	for _, tc := range []struct {
		name   string
		change func(*siege)
		wrong  string
	}{
		{"nothing happened", func(*siege) {}, ""},
		{"the machine is slow", func(s *siege) { s.during = []*visits{alike(9 * calm), alike(6 * calm)} }, ""},
		{"the server is slow", func(s *siege) { s.during[0] = alike(21 * calm / 10) }, "calls take 2.10 times"},
		{"only pings are slow", func(s *siege) { s.during[0].took[2] = []time.Duration{9 * calm} }, ""},
		{"nothing was measured", func(s *siege) { s.during[1] = &visits{} }, "times as long"},
		{"a call failed", func(s *siege) { s.after[0].failed, s.after[0].why = 1, errors.New("x") }, "1 of 4 polite calls failed, as by x"},
		{"an attack that was none", func(s *siege) { s.attacks["deep bodies"] = 0 }, "no time for deep bodies"},
		{"memory", func(s *siege) { s.besieged.peak = mostMemory + 1<<20 }, "took 151 MB"},
		{"kept connections to PostHog", func(s *siege) { s.besieged.filesAfter, s.besieged.goroutinesAfter = 8+keptUpstream, 9+2*keptUpstream }, ""},
		{"files", func(s *siege) { s.besieged.filesAfter = 9 + keptUpstream }, "25 files"},
		{"goroutines", func(s *siege) { s.besieged.goroutinesAfter = 10 + 2*keptUpstream }, "42 goroutines"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &siege{besieged: &target{files: 8, filesAfter: 8, goroutines: 9, goroutinesAfter: 9}, attacks: map[string]int64{"deep bodies": 1}}
			for _, v := range []*[]*visits{&s.before, &s.during, &s.after} {
				*v = []*visits{alike(calm), alike(calm)}
			}
			tc.change(s)
			got := ""
			if err := s.verdict(); err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, tc.wrong) || (got == "") != (tc.wrong == "") {
				t.Errorf("the verdict is %q, want %q", got, tc.wrong)
			}
		})
	}
}

// alike are visits that took the same, one of each kind.
func alike(took time.Duration) *visits {
	v := &visits{}
	for i := range v.took {
		v.took[i] = []time.Duration{took}
	}
	return v
}
