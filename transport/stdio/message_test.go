package stdio

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// Ids come back as they were written.
func TestIDs(t *testing.T) {
	for _, c := range []struct{ sent, want string }{
		{`1`, `1`},
		{`"1"`, `"1"`},
		{`0`, `0`},
		{`-7`, `-7`},
		{`""`, `""`},
		{`1.0`, `1.0`},
		{`1.5e3`, `1.5e3`},
		{`9007199254740993`, `9007199254740993`},
		{`-9007199254740993`, `-9007199254740993`},
		{`123456789012345678901234567890`, `123456789012345678901234567890`},
		{`"é\n\u0000\ud83d\ude00"`, `"é\n\u0000\ud83d\ude00"`},
		{`"<&>"`, `"<&>"`},
		{`"\/\ud800"`, `"\/\ud800"`},
		{`"3f2b0c1e-0000-4000-8000-000000000000"`, `"3f2b0c1e-0000-4000-8000-000000000000"`},
	} {
		t.Run(c.sent, func(t *testing.T) {
			want := []string{
				`{"jsonrpc":"2.0","id":` + c.want + `,"result":{}}`,
				`{"jsonrpc":"2.0","id":` + c.want + `,"error":{"code":-32601,"message":"Method x not found"}}`,
			}
			got := serveText(t, `{"jsonrpc":"2.0","id":`+c.sent+`,"method":"ping"}`, `{"method":"x","id":`+c.sent+`,"jsonrpc":"2.0"}`)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Lines that are too long or are no text are refused and skipped.
func TestHostileLines(t *testing.T) {
	const (
		ping    = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
		pong    = `{"jsonrpc":"2.0","id":1,"result":{}}`
		tooLong = `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"a message has more than 4194304 bytes"}}`
		noUTF8  = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"not valid UTF-8"}}`
		noJSON  = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"not valid JSON"}}`
		tooDeep = `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"nested more than 10,000 levels deep"}}`
		noBatch = `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batches are not supported; send one message at a time"}}`
	)
	long := strings.Repeat("x", longestLine)
	fits := ping + strings.Repeat(" ", longestLine-len(ping)-1)
	for _, c := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"as long as it may be", []string{fits, ping}, []string{pong, pong}},
		{"a byte longer", []string{fits + " ", ping}, []string{tooLong, pong}},
		{"much longer", []string{long + long + long, ping}, []string{tooLong, pong}},
		{"the last one", []string{ping, long + long}, []string{pong, tooLong}},
		{"an id that is no text", []string{"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"ping\"}", ping}, []string{noUTF8, pong}},
		{"binary", []string{"\x00\x01\x02", "\xfe\xff", ping}, []string{noJSON, noUTF8, pong}},
		{"deep", []string{strings.Repeat("[", 100_000), strings.Repeat(`{"a":`, 100_000), ping}, []string{noBatch, tooDeep, pong}},
		{"a byte order mark", []string{"\ufeff" + ping, ping}, []string{pong, pong}},
		{"byte order marks", []string{"\ufeff" + ping, " \ufeff " + ping, "\ufeff\r", "\ufeff"}, []string{pong, pong}},
		{"two byte order marks", []string{"\ufeff\ufeff" + ping, ping}, []string{noJSON, pong}},
		{"blank", []string{"", " \t\r", ping + "\r"}, []string{pong}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, serveText(t, c.lines...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// serveText serves a whole input, and returns what was written, as ids sort.
func serveText(t *testing.T, lines ...string) (written []string) {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		in := strings.NewReader(strings.Join(lines, "\n"))
		err := Serve(context.Background(), serverOf(t, empty(0)), Options{In: in, Out: &out, Timeout: patient, Logger: silent()})
		if err != nil {
			t.Error(err)
		}
	})
	for line := range strings.Lines(out.String()) {
		written = append(written, strings.TrimSuffix(line, "\n"))
	}
	return written
}

// Whatever comes in, what goes out is JSON-RPC, a message a line; no line has
// two answers; and Serve returns.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		"", "\n", "{}", "null\n[]\n[1]\n\"x\"", `{"jsonrpc":"2.0","id":1,"method":"ping"}`,
		`{"jsonrpc":"2.0","id":"a\nb","method":"tools/list"}` + "\n" + `{"jsonrpc":"2.0","method":"notifications/initialized"}`,
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"users-list","arguments":{"limit":1}}}` + "\n" +
			`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`,
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}`,
		`{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":7}}`,
		`{"jsonrpc":"2.0","id":1,"id":2,"ID":3,"method":"ping","result":null}`,
		"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"ping\"}", "{\"id\":1e400}", `{"jsonrpc":"2.0","id":-0,"method":"\u2028"}`,
	} {
		f.Add([]byte(seed))
	}
	server := serverOf(f, empty(0))
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		if err := Serve(context.Background(), server, Options{In: bytes.NewReader(in), Out: &out, Timeout: patient, Logger: silent()}); err != nil {
			t.Fatal(err)
		}
		answers := 0
		for line := range bytes.Lines(out.Bytes()) {
			answers += checkFrame(t, line)
		}
		if asked := bytes.Count(in, []byte("\n")) + 1; answers > asked {
			t.Errorf("%d answers to %d lines: %s", answers, asked, out.Bytes())
		}
	})
}

// checkFrame demands a JSON-RPC message on a line, and counts it if it is an
// answer.
func checkFrame(t *testing.T, line []byte) (answers int) {
	t.Helper()
	var m struct {
		JSONRPC string
		ID      *json.RawMessage
		Method  string
		Result  map[string]any
		Error   *struct{ Message string }
	}
	if err := json.Unmarshal(line, &m); err != nil || m.JSONRPC != "2.0" || line[len(line)-1] != '\n' {
		t.Fatalf("not a message: %q (%v)", line, err)
	}
	if m.Method != "" {
		return 0
	}
	if (m.Result == nil) == (m.Error == nil) || bytes.IndexByte(line, '\n') != len(line)-1 {
		t.Fatalf("not an answer: %q", line)
	}
	return 1
}
