package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
)

// report is all that was measured, in the order it is printed in.
type report struct {
	Cells   []cell      `json:"cells"`
	Layers  []layerCell `json:"layers"`
	Servers []server    `json:"servers"`
}

// cell is one class of answers, with one number of calls in flight, through one
// candidate. A ratio is of p50, to that server on the same transport; zero when
// it was not measured.
type cell struct {
	Class     string `json:"class"`
	Payload   int    `json:"payload_bytes"`
	InFlight  int    `json:"in_flight"`
	Candidate string `json:"candidate"`
	figures
	VsBare  float64 `json:"vs_bare,omitzero"`
	VsFloor float64 `json:"vs_floor,omitzero"`
}

// layerCell is the product over HTTP with one of its layers, with all, or with
// none. VsOurs is a ratio of calls per second, to none; zero when that was not
// measured.
type layerCell struct {
	Class     string  `json:"class"`
	Payload   int     `json:"payload_bytes"`
	InFlight  int     `json:"in_flight"`
	Candidate string  `json:"candidate"`
	Rate      float64 `json:"calls_per_s"`
	VsOurs    float64 `json:"vs_ours,omitzero"`
	P50       float64 `json:"p50_us"`
	// Spans are those that arrived, for each call; fewer than were made when
	// the sender was not quick enough and dropped some.
	Spans float64 `json:"spans_per_call,omitzero"`
}

// server is what a process costs before and beside its calls: milliseconds to
// the first answer, bytes of the tool list, MiB of memory after the load.
// Zero is not measured.
type server struct {
	Name        string  `json:"candidate"`
	Start       float64 `json:"start_ms,omitzero"`
	StartVsBare float64 `json:"start_vs_bare,omitzero"`
	List        int     `json:"list_bytes,omitzero"`
	Resident    float64 `json:"resident_mib,omitzero"`
	Peak        float64 `json:"peak_mib,omitzero"`
}

func (s server) measured() bool { return s.Start > 0 || s.Resident > 0 }

// target is the throughput that all layers together have to leave.
const target = "0.85"

const legend = `p50, p99: µs of a call, seen by the client; ×bare, ×floor: p50 to that server's on the same transport; medians over the rounds.
direct: the upstream itself; proxy: httputil.ReverseProxy; floor: forwards without MCP; bare: mcp-go, text only, nothing checked.
Over HTTP, each call in flight is another caller's, with a connection and a key of its own.
×ours: calls/s to those of ours http, which asks for no key. +auth: a token for each caller; +limiter: all callers are one to it, on the server's key;
+keys: a PostHog key for each caller, and a limiter that tells them apart; +tracing: spans (those that arrived, for each call) are sent and metrics scraped;
+all: auth, limiter and tracing, meant to leave ` + target + `.
first list: ms from start to the answer to tools/list (floor, proxy: to any); RSS, peak: MiB after the load.
`

func (r *report) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s, %d CPUs, %s\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	group := ""
	for _, c := range r.Cells {
		if head := fmt.Sprintf("%s, %s, %d in flight", c.Class, size(c.Payload), c.InFlight); head != group {
			group = head
			b.WriteByte('\n')
			line(&b, head, "p50", "p99", "calls/s", "×bare", "×floor")
		}
		line(&b, "  "+c.Candidate, fixed(c.P50, 0), fixed(c.P99, 0), fixed(c.Rate, 0), fixed(c.VsBare, 2), fixed(c.VsFloor, 2))
	}
	r.printLayers(&b)
	if len(r.Servers) > 0 {
		b.WriteByte('\n')
		line(&b, "process", "first list", "×bare", "list", "RSS", "peak")
	}
	for _, s := range r.Servers {
		line(&b, "  "+s.Name, fixed(s.Start, 1), fixed(s.StartVsBare, 2), size(s.List), fixed(s.Resident, 1), fixed(s.Peak, 1))
	}
	b.WriteString("\n" + legend)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *report) printLayers(b *strings.Builder) {
	group := ""
	for _, l := range r.Layers {
		if head := fmt.Sprintf("layers, %s, %d in flight", l.Class, l.InFlight); head != group {
			group = head
			b.WriteByte('\n')
			line(b, head, "calls/s", "×ours", "p50", "spans")
		}
		line(b, "  "+l.Candidate, fixed(l.Rate, 0), fixed(l.VsOurs, 2), fixed(l.P50, 0), fixed(l.Spans, 2))
	}
}

// line writes a name and, right-aligned, its columns.
func line(b *strings.Builder, name string, columns ...string) {
	fmt.Fprintf(b, "%-30s", name)
	for _, c := range columns {
		fmt.Fprintf(b, " %10s", c)
	}
	b.WriteByte('\n')
}

func fixed(f float64, decimals int) string {
	if f == 0 {
		return "-"
	}
	return strconv.FormatFloat(f, 'f', decimals, 64)
}

func size(bytes int) string {
	switch {
	case bytes == 0:
		return "-"
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f KB", float64(bytes)/1000)
}
