package demo

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
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
		err := Run(t.Context(), Options{Binary: binary, Out: io.Discard})
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

func TestNextMonday(t *testing.T) {
	for now, want := range map[string]string{
		"2027-01-01T12:00:00Z":      "2027-01-04T09:00:00Z", // a Friday
		"2027-01-03T23:59:59Z":      "2027-01-04T09:00:00Z",
		"2027-01-04T00:00:00Z":      "2027-01-11T09:00:00Z", // a Monday: the next
		"2027-01-04T00:30:00+02:00": "2027-01-04T09:00:00Z", // still Sunday in UTC
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := nextMonday(at).Format(time.RFC3339); got != want {
			t.Errorf("nextMonday(%s) = %s, want %s", now, got, want)
		}
	}
}
