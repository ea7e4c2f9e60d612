package audit

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sent is an entry like those of the server, and sentLine its line.
var sent = Entry{
	Time: time.Date(2027, 1, 4, 9, 0, 0, 123_456_789, time.UTC), Caller: "5f0c2d9a", Tool: "subscriptions-create",
	Target: "x.example,y.example", Result: "done", Status: 201, RequestID: "req-1",
}

const sentLine = `{"time":"2027-01-04T09:00:00.123Z","caller":"5f0c2d9a","tool":"subscriptions-create","target":"x.example,y.example","result":"done","status":201,"request_id":"req-1"}`

func TestLines(t *testing.T) {
	noon := time.Date(2027, 6, 1, 12, 0, 0, 0, time.UTC)
	line := func(target string) string {
		return `{"time":"2027-06-01T12:00:00.000Z","caller":"","tool":"","target":"` + target + `","result":"","status":0,"request_id":""}`
	}
	for _, c := range []struct {
		name  string
		entry Entry
		want  string
	}{
		{"everything", sent, sentLine},
		{"nothing but the time", Entry{Time: noon}, line("")},
		{"another zone", Entry{Time: noon.In(time.FixedZone("", -5*3600))}, line("")},
		{"no answer", Entry{Time: noon, Tool: "users-destroy", Result: "unknown"}, `{"time":"2027-06-01T12:00:00.000Z","caller":"","tool":"users-destroy","target":"","result":"unknown","status":0,"request_id":""}`},
		{"line breaks", Entry{Time: noon, Target: "a\r\nb\u2028c\u0085"}, line(`a\r\nb\u2028c\u0085`)},
		{"an end of the object", Entry{Time: noon, Target: "\"}\n{\\"}, line(`\"}\n{\\`)},
		{"a look-alike", Entry{Time: noon, Target: "\u0440aypal.example"}, line(`\u0440aypal.example`)},
		{"reversed and hidden text", Entry{Time: noon, Target: "\u202Emoc\u200B\U000E0041"}, line(`\u202emoc\u200b\udb40\udc41`)},
		{"a terminal's orders", Entry{Time: noon, Target: "\x1b[2J\u009b1m\x7f\x00"}, line(`\u001b[2J\u009b1m\u007f\u0000`)},
		{"an emoji", Entry{Time: noon, Target: "🦔"}, line(`\ud83e\udd94`)},
		{"bytes that are no UTF-8", Entry{Time: noon, Target: "a\xffb"}, line(`a\ufffdb`)},
	} {
		if d := cmp.Diff(c.want+"\n", string(c.entry.line())); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestNowIsTheTimeOfAnEntryWithoutOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if got := string(Entry{}.line()); !strings.HasPrefix(got, `{"time":"2000-01-01T00:00:00.000Z",`) {
			t.Errorf("got %s", got)
		}
	})
}

// For any members the line is one line of printable ASCII, from which the members
// can be read back.
func TestAnyLine(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	rapid.Check(t, func(t *rapid.T) {
		made := Entry{
			Time: sent.Time, Caller: text.Draw(t, "caller"), Tool: text.Draw(t, "tool"), Target: text.Draw(t, "target"),
			Result: text.Draw(t, "result"), Status: rapid.Int().Draw(t, "status"), RequestID: text.Draw(t, "request id"),
		}
		line := made.line()
		object, ended := bytes.CutSuffix(line, []byte("\n"))
		if !ended || bytes.ContainsFunc(object, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Fatalf("no line of printable ASCII: %q", line)
		}
		valid := func(s string) string { return string([]rune(s)) } // � for each bad byte
		want := map[string]any{
			"time": "2027-01-04T09:00:00.123Z", "caller": valid(made.Caller), "tool": valid(made.Tool), "target": valid(made.Target),
			"result": valid(made.Result), "status": made.Status, "request_id": valid(made.RequestID),
		}
		if d := cmp.Diff(want, members(t, object)); d != "" {
			t.Fatalf("(-want +got):\n%s", d)
		}
	})
}

// members reads a line back; numbers are exact.
func members(t rapid.TB, object []byte) map[string]any {
	t.Helper()
	read := map[string]any{}
	var status struct{ Status int }
	if err := json.Unmarshal(object, &read); err != nil {
		t.Fatalf("%v: %q", err, object)
	}
	if err := json.Unmarshal(object, &status); err != nil {
		t.Fatalf("%v: %q", err, object)
	}
	read["status"] = status.Status
	return read
}
