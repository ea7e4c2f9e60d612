package main

import (
	"bytes"
	"strings"
	"testing"

	"posthog-mcp/internal/cli"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
)

// TestExamples makes the calls that posthog-mcp tools TOOL shows.
func TestExamples(t *testing.T) {
	catalogue, err := tools.NewCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range catalogue.Tools() {
		args := []string{"call", tool.Name, "--sandbox"}
		for _, argument := range cli.Example(tool) {
			args = append(args, "--arg", argument)
		}
		var out, errs bytes.Buffer
		if code := run(t.Context(), args, console{nil, &out, &errs}); code != 0 {
			t.Errorf("%q: exit %d, stderr %q", args, code, errs.String())
		}
		if dry := strings.Contains(out.String(), "Nothing was written or sent"); dry != (tool.Effect != engine.Read) {
			t.Errorf("%s: dry run: %v, want it for what is no read: %s", tool.Name, dry, out.String())
		}
	}
}
