package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/clients"
	"posthog-mcp/internal/transcript"
)

// A snippet in the documentation is what this program prints:
//
//	<!-- config:CLIENT FLAGS -->
//	```json
//	…
//	```
//	<!-- /config -->
//
// A badge stands without the fences.
var (
	snippet  = regexp.MustCompile("(?s)(<!-- config:([^>]*?) -->\n(?:```[a-z]*\n)?)(.*?)((?:```\n)?<!-- /config -->)")
	opening  = regexp.MustCompile(`<!-- *config\b`)
	document = []string{"../../README.md", "../../docs/*.md", "../../docs/*/*.md"}
)

// TestGoldenSnippets holds every snippet in the documentation to the program.
func TestGoldenSnippets(t *testing.T) {
	seen := 0
	for _, pattern := range document {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			seen += checkSnippets(t, path)
		}
	}
	if seen < 4 {
		t.Errorf("saw %d snippets only", seen)
	}
}

func checkSnippets(t *testing.T, path string) (seen int) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	written := snippet.ReplaceAllFunc(content, func(found []byte) []byte {
		seen++
		parts := snippet.FindSubmatch(found)
		return bytes.Join([][]byte{parts[1], configOf(t, strings.Fields(string(parts[2]))), parts[4]}, nil)
	})
	if n := len(opening.FindAll(content, -1)); n != seen {
		t.Errorf("%s: %d markers, %d snippets", path, n, seen)
	}
	if transcript.Updating(t) && !bytes.Equal(content, written) {
		if err := os.WriteFile(path, written, 0o644); err != nil {
			t.Fatal(err)
		}
		return seen
	}
	if diff := cmp.Diff(string(content), string(written)); diff != "" {
		t.Errorf("%s is not what posthog-mcp config prints; make golden writes it:\n%s", path, diff)
	}
	return seen
}

// configOf is what posthog-mcp config prints, with posthog-mcp on the PATH.
func configOf(t *testing.T, args []string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if code := run(t.Context(), append([]string{"config"}, args...), console{nil, &out, &errs}); code != 0 {
		t.Errorf("%v: exit %d, %s", args, code, errs.String())
	}
	return out.Bytes()
}

// TestConfigTellsNoKey asks for everything with keys in the environment.
func TestConfigTellsNoKey(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"HOME", "USERPROFILE", "XDG_CONFIG_HOME", "APPDATA", "LOCALAPPDATA", "CODEX_HOME"} {
		t.Setenv(name, home)
	}
	t.Setenv(envKey, "phx_CANARY0123456789")
	for _, name := range clients.Names() {
		for _, args := range []string{"", "--sandbox", "--key-file /run/key", "--http https://mcp.example.com", "--write", "--write --http https://mcp.example.com"} {
			var out, errs bytes.Buffer
			code := run(t.Context(), append([]string{"config", name}, strings.Fields(args)...), console{nil, &out, &errs})
			if said := out.String() + errs.String(); code != 0 || strings.Contains(said, "CANARY") {
				t.Errorf("%s %s: exit %d\n%s", name, args, code, said)
			}
		}
	}
}

// TestCarried holds that what is given to config comes out as the same flags of
// stdio.
func TestCarried(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	for _, c := range []struct{ given, want string }{
		{"", ""},
		{"--read-only", "--read-only"},
		{"--read-only=false", ""},
		{"--toolsets users --toolsets lookup", "--toolsets=users,lookup"},
		{"--confirm sends --timeout 1m", "--timeout=1m0s --confirm=sends"},
		{"--confirm off --timeout 30s --schema auto", ""},
		{"--state-key " + state, "--state-key=" + state},
		{"--allow-email-domains *.example.com,example.org --deny-account-changes", "--allow-email-domains=*.example.com,example.org --deny-account-changes"},
		{"--log-level debug", ""},
	} {
		given := append([]string{"config", "cursor"}, strings.Fields(c.given)...)
		parser, err := newParser(&commands{}, console{})
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.Parse(given)
		if err != nil {
			t.Fatal(err)
		}
		words, got := carried(parsed), map[string]bool{}
		for _, word := range words {
			got[word] = true
		}
		want := map[string]bool{}
		for _, word := range strings.Fields(c.want) {
			want[word] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", c.given, diff)
		}
		if _, err := parser.Parse(append([]string{"stdio"}, words...)); err != nil {
			t.Errorf("stdio refuses %v: %v", words, err)
		}
	}
}
