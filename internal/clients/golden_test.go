package clients

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"posthog-mcp/internal/transcript"
)

// servers are what the golden files tell each client of.
var servers = []struct {
	name string
	Server
}{
	{"program", Server{
		Name: "posthog", Command: "posthog-mcp", Args: []string{"stdio"},
		Key: "POSTHOG_PERSONAL_API_KEY", KeyFile: Setting{"POSTHOG_PERSONAL_API_KEY_FILE", "/home/ada/.config/posthog-mcp/key"},
	}},
	{"program, set up", Server{
		Name: "posthog-eu", Command: "/opt/My Tools/posthog-mcp", Args: []string{"stdio", "--read-only", "--toolsets=subscriptions,lookup"},
		Env: []Setting{{"POSTHOG_HOST", "eu"}, {"POSTHOG_PROJECT_ID", "2"}},
		Key: "POSTHOG_PERSONAL_API_KEY", KeyFile: Setting{"POSTHOG_PERSONAL_API_KEY_FILE", "/home/ada/.config/posthog-mcp/key"},
	}},
	{"program, key in a file", Server{
		Name: "posthog", Command: "posthog-mcp", Args: []string{"stdio"},
		KeyFile: Setting{"POSTHOG_PERSONAL_API_KEY_FILE", "/run/secrets/posthog"},
	}},
	{"program, no key", Server{Name: "posthog", Command: "posthog-mcp", Args: []string{"stdio", "--sandbox"}}},
	{"url", Server{Name: "posthog", URL: "https://mcp.example.com/mcp?read_only=true&toolsets=users,lookup", Key: "POSTHOG_PERSONAL_API_KEY"}},
}

// TestGoldenClients holds what each client is told.
func TestGoldenClients(t *testing.T) {
	for _, c := range All() {
		archive := &txtar.Archive{Comment: []byte("What " + c.Title + " is told; make golden writes this.\n\n")}
		add := func(name, text string) {
			archive.Files = append(archive.Files, txtar.File{Name: name, Data: []byte(text)})
		}
		for _, s := range servers {
			if err := s.Check(); err != nil {
				t.Fatal(err)
			}
			add(s.name+": file", c.Snippet(s.Server))
			if command := c.Command(s.Server, "linux"); command != "" {
				add(s.name+": command", command+"\n")
			}
			if link := c.Link(s.Server); link != "" {
				add(s.name+": link", link+"\n")
			}
		}
		golden(t, filepath.Join("testdata", c.Name+".txtar"), txtar.Format(archive))
	}
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if transcript.Updating(t) {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n%s", path, cmp.Diff(string(want), string(got)))
	}
}
