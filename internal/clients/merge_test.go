package clients

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestGoldenMerge brings files up to date: testdata/merge has a client's file before
// and after, and the name of what it is told.
func TestGoldenMerge(t *testing.T) {
	paths, err := filepath.Glob("testdata/merge/*.txtar")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(archive.Comment), "\n")
		name, told, _ := strings.Cut(first, ": ")
		c, known := Named(name)
		if !known || len(archive.Files) != 2 {
			t.Fatalf("%s: client %q, %d files", path, name, len(archive.Files))
		}
		after, err := c.Merge(archive.Files[0].Data, server(t, told))
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		archive.Files[1].Data = after
		golden(t, path, txtar.Format(archive))
		again, err := c.Merge(after, server(t, told))
		if err != nil || string(again) != string(after) {
			t.Errorf("%s: the second time it changes: %v\n%s", path, err, cmp.Diff(string(after), string(again)))
		}
	}
}

func server(t *testing.T, name string) Server {
	t.Helper()
	for _, s := range servers {
		if s.name == name {
			return s.Server
		}
	}
	t.Fatalf("no server is called %q", name)
	return Server{}
}

// TestMergeNew holds that a file that is not there becomes the snippet.
func TestMergeNew(t *testing.T) {
	for _, c := range All() {
		for _, s := range servers {
			merged, err := c.Merge(nil, s.Server)
			if c.Format != "" {
				if err == nil {
					t.Errorf("%s: TOML was merged", c.Name)
				}
				continue
			}
			if diff := cmp.Diff(c.Snippet(s.Server), string(merged)); diff != "" || err != nil {
				t.Errorf("%s, %s: %v\n%s", c.Name, s.name, err, diff)
			}
		}
	}
}

func TestDiff(t *testing.T) {
	c, _ := Named("zed")
	before := []byte(`{
  // the key is phx_CANARY
  "assistant": { "key": "sk-CANARY" },
  "context_servers": {
    "theirs": { "command": "CANARY", "env": { "TOKEN": "CANARY" } },
    "posthog": { "command": "/old/posthog-mcp", "args": ["--header", "CANARY"], "env": { "POSTHOG_PERSONAL_API_KEY": "phx_CANARY" } }
  }
}
`)
	s := server(t, "program")
	after, err := c.Merge(before, s)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Diff("settings.json", before, after, s)
	if err != nil {
		t.Fatal(err)
	}
	want := `diff settings.json settings.json
--- settings.json
+++ settings.json
@@ -3,6 +3,6 @@
   "assistant": { "key": "…" },
   "context_servers": {
     "theirs": { "command": "…", "env": { "TOKEN": "…" } },
-    "posthog": { "command": "/old/posthog-mcp", "args": ["…", "…"], "env": { "POSTHOG_PERSONAL_API_KEY": "…" } }
+    "posthog": { "command": "posthog-mcp", "args": ["stdio"], "env": { "POSTHOG_PERSONAL_API_KEY_FILE": "/home/ada/.config/posthog-mcp/key" } }
   }
 }
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	created, err := c.Diff("settings.json", nil, after, s)
	if err != nil || strings.Contains(strings.TrimPrefix(created, "diff settings.json settings.json\n--- settings.json"), "\n-") || !strings.Contains(created, "\n+    \"posthog\": ") {
		t.Errorf("%v\n%s", err, created)
	}
}
