package conversations

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tiktoken-go/tokenizer"
	"golang.org/x/tools/txtar"
)

// What a task costs on average: calls, and tokens of what the agent sends and reads.
func TestTasksAreCheap(t *testing.T) {
	const mostCalls, mostTokens = 3.3, 500
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	calls, tokens := 0, 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range archive.Files {
			kind, _, _ := strings.Cut(s.Name, " ")
			if kind != "call" && kind != "result" && kind != "refused" {
				continue
			}
			text := s.Data
			if compact, err := json.Marshal(json.RawMessage(text)); err == nil {
				text = compact // laid out for readers
			}
			n, err := codec.Count(string(text))
			if err != nil {
				t.Fatal(err)
			}
			tokens += n
			if kind == "call" {
				calls++
			}
		}
	}
	if c, n := float64(calls)/float64(len(files)), tokens/len(files); c > mostCalls || n > mostTokens {
		t.Errorf("%.1f calls and %d tokens a task, at most %.1f and %d", c, n, mostCalls, mostTokens)
	}
}
