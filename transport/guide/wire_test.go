package guide_test

import (
	"context"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"posthog-mcp/internal/transcript"
)

// The transcripts are what clients of both eras see on the wire:
//
//	client    messages, one a line
//	server    their answers, in the same order
//	upstream  what PostHog was asked meanwhile
func TestGoldenTranscripts(t *testing.T) {
	transcript.Replay(t, func(t *testing.T, archive *txtar.Archive) {
		d := newDesk(t, setup{})
		var answers []string
		told := 0
		for i, section := range archive.Files {
			switch section.Name {
			case "client":
				for line := range strings.Lines(string(section.Data)) {
					answers = append(answers, string(d.send(context.Background(), line)))
				}
			case "server":
				archive.Files[i].Data = lines(answers)
				answers = nil
			case "upstream":
				seen := d.seen()
				archive.Files[i].Data, told = lines(seen[told:]), len(seen)
			default:
				t.Fatalf("no section is called %q", section.Name)
			}
		}
		if len(answers) > 0 {
			t.Errorf("not in the transcript: %q", answers)
		}
	})
}

func lines(all []string) []byte {
	if len(all) == 0 {
		return nil
	}
	return []byte(strings.Join(all, "\n") + "\n")
}
