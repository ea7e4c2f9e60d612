package main

import (
	"cmp"
	"fmt"
	"slices"
)

// A layer is something that the product does with calls over HTTP beside
// forwarding them, and how to see that it does.
type layer struct {
	name      string // empty for none to speak of
	args, env []string
	proofs    []proof
	spans     string // the URL at the sink where its spans come; empty for none
}

// stack is one layer of that name out of several.
func stack(name string, layers ...layer) layer {
	all := layer{name: name}
	for _, l := range layers {
		all.args = slices.Concat(all.args, l.args)
		all.env = slices.Concat(all.env, l.env)
		all.proofs = slices.Concat(all.proofs, l.proofs)
		all.spans = cmp.Or(all.spans, l.spans)
	}
	return all
}

// plenty is a limit that nothing measured here reaches.
const plenty = "100000000"

// limiter is in front of the way to PostHog. It tells callers apart by their
// PostHog key: those who share the server's are one to it.
func limiter(shared bool) layer {
	return layer{
		args:   []string{"--rate-limit", plenty, "--max-in-flight", plenty, "--max-in-flight-per-caller", plenty},
		proofs: []proof{holdsBack(shared)},
	}
}

// tracing sends spans to the sink, under a path that tells whose they are, and has
// metrics to be scraped.
func tracing(sink, whose string) layer {
	endpoint := "http://" + sink + "/" + whose
	spans := endpoint + "/v1/traces"
	return layer{
		args:   []string{"--metrics"},
		env:    []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint, "OTEL_METRICS_EXPORTER=none"},
		proofs: []proof{countsCalls, sendsSpans(spans)},
		spans:  spans,
	}
}

// layers are none, each, and all of them. The file has the tokens of all callers;
// the sink is where spans are sent to, host and port.
func layers(file, sink string) []layer {
	known := []proof{refusesStrangers}
	none := layer{args: []string{"--auth", "none"}}
	token := layer{args: []string{"--auth", "token", "--token-file", file}, proofs: known}
	key := layer{args: []string{"--auth", "passthrough"}, proofs: known}
	return []layer{
		stack("", none),
		stack("auth", token),
		stack("limiter", none, limiter(true)),
		stack("keys", key, limiter(false)),
		stack("tracing", none, tracing(sink, "tracing")),
		stack("all", token, limiter(true), tracing(sink, "all")),
	}
}

// spansPerCall are the spans that have come to the sink until now, for each call
// that was made, by the candidate.
func (b *bench) spansPerCall() (map[string]float64, error) {
	spans := map[string]float64{}
	for _, c := range b.candidates {
		r, up := b.up[c.String()]
		if !up || c.layer.spans == "" {
			continue
		}
		n, err := received(c.layer.spans)
		if err != nil {
			return nil, fmt.Errorf("spans of %s: %w", c, err)
		}
		spans[c.String()] = float64(n) / float64(r.conn.(*web).calls())
	}
	return spans, nil
}
