package stdio

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/tools/txtar"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/internal/transcript"
	"posthog-mcp/transport/jsonrpc"
	"posthog-mcp/transport/session/sessiontest"
)

// The transcripts are conversations on the wire. What each section stands for:
//
//	asks              the server is not the product, but one whose tools ask the
//	                  person: [sessiontest.Server]
//	client            lines that the client sends
//	client, no break  the same, the last one without a line break
//	client ends       the end of the input
//	server            everything that is then written, in the order of ids
//	upstream          everything that PostHog then saw, sorted
//	upstream holds    calls of PostHog hang from now on
//	upstream goes on  they are answered
//	ends              Serve has returned
func TestGoldenTranscripts(t *testing.T) {
	transcript.Replay(t, func(t *testing.T, archive *txtar.Archive) {
		synctest.Test(t, func(t *testing.T) { replay(t, archive) })
	})
}

// replay holds the conversation, and puts what came into the archive.
func replay(t *testing.T, archive *txtar.Archive) {
	now := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	up := &upstream{answers: sandbox.New(sandbox.WithClock(func() time.Time { return now })).RoundTripper()}
	s := serverOf(t, up)
	if archive.Files[0].Name == "asks" {
		s = sessiontest.Server()
	}
	c := connect(context.Background(), t, s, patient)
	told := 0
	for i, section := range archive.Files {
		switch section.Name {
		case "asks":
		case "client":
			c.send(strings.TrimSuffix(string(section.Data), "\n"))
		case "client, no break":
			if _, err := c.in.Write([]byte(strings.TrimSuffix(string(section.Data), "\n"))); err != nil {
				t.Fatal(err)
			}
		case "client ends":
			_ = c.in.Close()
		case "server":
			archive.Files[i].Data = text(byID(c.take()))
		case "upstream":
			seen, _ := up.requests()
			seen, told = seen[told:], len(seen)
			slices.Sort(seen)
			archive.Files[i].Data = text(seen)
		case "upstream holds":
			up.hold()
		case "upstream goes on":
			up.release()
		case "ends":
			if err := <-c.ended; err != nil {
				t.Error(err)
			}
			c.ended <- nil
		default:
			t.Fatalf("no section is called %q", section.Name)
		}
		synctest.Wait() // until all is said that will be
	}
	if rest := c.take(); len(rest) > 0 {
		t.Errorf("not in the transcript: %q", rest)
	}
	if err := c.hangUp(); err != nil {
		t.Error(err)
	}
}

func text(lines []string) []byte {
	if len(lines) == 0 {
		return nil
	}
	return []byte(strings.ReplaceAll(strings.Join(lines, "\n")+"\n", `"version":"`+build.Version()+`"`, `"version":"VERSION"`))
}

// byID sorts answers, which come in any order.
func byID(lines []string) []string {
	id := func(line string) string {
		var m jsonrpc.Message
		_ = json.Unmarshal([]byte(line), &m)
		return string(m.ID)
	}
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(id(a), id(b)) })
	return lines
}
