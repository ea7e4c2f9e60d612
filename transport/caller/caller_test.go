package caller_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"posthog-mcp/tools"
	"posthog-mcp/transport/caller"
	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/posthog"
	"posthog-mcp/transport/tokens"
)

// Two callers are never one, and one is always the same.
func TestID(t *testing.T) {
	seen := map[string]string{}
	for name, ctx := range map[string]context.Context{
		"no key":   context.Background(),
		"a key":    posthog.WithKey(context.Background(), "phx_fake_of_ada_0001"),
		"another":  posthog.WithKey(context.Background(), "phx_fake_of_bob_0002"),
		"no token": posthog.WithKey(context.Background(), ""),
		"a token":  named(t, "ada"),
		"a second": named(t, "bob"),
	} {
		id := caller.ID(ctx)
		if other, ok := seen[id]; ok || id != caller.ID(ctx) {
			t.Errorf("%s is %q, as %s is", name, id, other)
		}
		seen[id] = name
	}
}

// named is the context of the caller whose token has that name.
func named(t *testing.T, name string) context.Context {
	t.Helper()
	token := "fake-token-of-" + name
	hash := sha256.Sum256([]byte(token))
	path := filepath.Join(t.TempDir(), "tokens")
	content := fmt.Sprintf(`{"tokens":[{"name":%q,"sha256":%q}]}`, name, hex.EncodeToString(hash[:]))
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := tokens.Open(path, func(tools.Selection) error { return nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	ctx, err := guard.Tokens(file.Accept)(request)
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}
