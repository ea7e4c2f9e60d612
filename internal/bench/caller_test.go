package main

import (
	"log/slog"
	"testing"

	"posthog-mcp/tools"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/tokens"
)

func TestTheProductKnowsAllCallersAndNoStranger(t *testing.T) {
	path, err := writeTokens(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	file, err := tokens.Open(path, func(tools.Selection) error { return nil }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for i := range crowd {
		ctx, err := file.Accept(t.Context(), callerKey(i))
		if err != nil {
			t.Fatalf("caller %d as a token's bearer: %v", i, err)
		}
		names[tokens.NameFrom(ctx)] = true
		if _, err := posthog.ParseKey(callerKey(i)); err != nil {
			t.Fatalf("caller %d with a PostHog key: %v", i, err)
		}
	}
	if len(names) != crowd {
		t.Errorf("%d names for %d callers", len(names), crowd)
	}
	if _, err := file.Accept(t.Context(), stranger); err == nil {
		t.Error("a stranger's token is taken")
	}
	if _, err := posthog.ParseKey(stranger); err == nil {
		t.Error("a stranger's key is taken")
	}
}
