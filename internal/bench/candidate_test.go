package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func names(all []candidate) (names []string) {
	for _, c := range all {
		names = append(names, c.String())
	}
	return names
}

func TestCandidates(t *testing.T) {
	layers := layers("tokens.json", "127.0.0.1:4318")
	references := []string{"direct", "floor stdio", "bare stdio", "proxy http", "floor http", "bare http"}
	if d := cmp.Diff(references, names(candidates("bin", "", layers))); d != "" {
		t.Error(d)
	}
	all := candidates("bin", "posthog-mcp", layers)
	want := slices.Concat(references[:3], []string{"ours stdio"}, references[3:],
		[]string{"ours http", "ours+auth http", "ours+limiter http", "ours+keys http", "ours+tracing http", "ours+all http"})
	if d := cmp.Diff(want, names(all)); d != "" {
		t.Error(d)
	}
	for i, c := range all {
		b := bench{candidates: all}
		if j := b.peer(i, ours); c.transport == "" && j >= 0 || c.transport != "" && all[j].String() != "ours "+c.transport {
			t.Errorf("%s is compared with candidate %d", c, j)
		}
	}
}

func TestAllIsEveryLayer(t *testing.T) {
	layers := layers("tokens.json", "127.0.0.1:4318")
	all := layers[len(layers)-1]
	if want, got := "http://127.0.0.1:4318/all/v1/traces", all.spans; got != want {
		t.Errorf("spans come to %s, want %s", got, want)
	}
	for _, l := range layers {
		// The keys stand in for the tokens, and tell callers apart.
		if l.name == "" || l.name == "keys" || l.name == "all" {
			continue
		}
		for _, arg := range l.args {
			if arg != "--auth" && arg != "none" && !slices.Contains(all.args, arg) {
				t.Errorf("%s has %s, all has %v", l.name, arg, all.args)
			}
		}
		if len(l.proofs) == 0 || len(l.env) > len(all.env) {
			t.Errorf("%s: %d proofs, environment %v", l.name, len(l.proofs), l.env)
		}
	}
}

func TestUsual(t *testing.T) {
	o, err := parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	measured := map[string][]string{}
	for _, k := range classes() {
		for _, n := range inFlights {
			for _, c := range candidates("bin", "posthog-mcp", layers("", "")) {
				if of := (key{k.name, n, c.String()}); c.takes(n) && o.only.MatchString(of.String()) {
					cell := fmt.Sprintf("%s/%d", k.name, n)
					measured[cell] = append(measured[cell], c.String())
				}
			}
		}
	}
	few := []string{"direct", "floor stdio", "bare stdio", "ours stdio", "proxy http", "floor http", "bare http", "ours http"}
	want := map[string][]string{
		"object/1": few, "object/64": few, "list5/1": few, "list5/64": few, "list20/1": few, "list20/64": few,
		"object/256": {
			"direct", "proxy http", "floor http", "bare http",
			"ours http", "ours+auth http", "ours+limiter http", "ours+keys http", "ours+tracing http", "ours+all http",
		},
	}
	if d := cmp.Diff(want, measured); d != "" {
		t.Error(d)
	}
	for name, want := range map[string]bool{
		"start/ours http": true, "memory/proxy http": true, "start/ours+all http": false, "memory/ours+auth http": false,
	} {
		if got := o.only.MatchString(name); got != want {
			t.Errorf("%s is measured: %t, want %t", name, got, want)
		}
	}
}
