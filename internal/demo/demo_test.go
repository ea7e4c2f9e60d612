package demo

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"posthog-mcp/internal/cli"
	"posthog-mcp/internal/sandbox"
)

// TestMain lets the test binary be a program that is no MCP server.
func TestMain(m *testing.M) {
	if slices.Equal(os.Args[1:], []string{"stdio"}) {
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func TestRunFails(t *testing.T) {
	for name, binary := range map[string]string{
		"start ":      filepath.Join(t.TempDir(), "nothing"),
		"connect to ": os.Args[0],
	} {
		err := Run(t.Context(), binary, sandbox.Today, &cli.Screen{Out: io.Discard, Columns: cli.Usual})
		if err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("with %s: got the error %v, want one that begins with %q", binary, err, name)
		}
	}
}

func TestCommandKeepsSettingsOut(t *testing.T) {
	t.Setenv("POSTHOG_PROJECT_ID", "7")
	t.Setenv("POSTHOG_MCP_SANDBOX", "1")
	process, err := command(t.Context(), "posthog-mcp", []string{"POSTHOG_HOST=http://127.0.0.1:1"}, []string{"stdio"})
	if err != nil {
		t.Fatal(err)
	}
	var settings []string
	for _, variable := range process.Env {
		if strings.HasPrefix(variable, "POSTHOG_") {
			settings = append(settings, variable)
		}
	}
	if want := []string{"POSTHOG_HOST=http://127.0.0.1:1"}; !slices.Equal(settings, want) {
		t.Errorf("the server gets %q, want %q", settings, want)
	}
}
