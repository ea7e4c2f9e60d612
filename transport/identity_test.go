package transport_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/tokens"
)

// held is what a result says of how long it holds.
type held struct {
	TTLMs      *int64
	CacheScope string
}

func (h held) String() string {
	if h.TTLMs == nil {
		return "-" + h.CacheScope
	}
	return fmt.Sprintf("%d %s", *h.TTLMs, h.CacheScope)
}

// What does not change while the process lives holds for an hour; what depends on the
// caller is theirs alone. Before 2026-07-28 there is no such hint.
func TestCacheHints(t *testing.T) {
	const (
		forAll, forOne, stale = "3600000 public", "3600000 private", "0 private"
		modern                = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}`
	)
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	options := transport.Options{Catalogue: catalogue, Toolbox: &engine.Toolbox{API: caller(nil, hung, says(200, `{"id":1}`))}, Logger: slog.New(slog.DiscardHandler)}
	plain := transport.NewServer(options)
	options.Usable = func(context.Context) func(*engine.Tool) bool { return nil }
	hiding := transport.NewServer(options)
	for _, c := range []struct{ method, params, plain, token, hiding string }{
		{"server/discover", "", forAll, forAll, forAll},
		{"resources/list", "", forAll, forAll, forAll},
		{"resources/templates/list", "", forOne, stale, forOne},
		{"prompts/list", "", forOne, stale, forOne},
		{"tools/list", "", forOne, stale, stale},
		{"resources/read", `"uri":"posthog://subscriptions/1",`, stale, stale, stale},
	} {
		read := func(ctx context.Context, handle func(context.Context, json.RawMessage) mcp.JSONRPCMessage, meta string) string {
			params := strings.TrimSuffix(c.params+meta, ",")
			raw, err := json.Marshal(handle(ctx, json.RawMessage(`{"jsonrpc":"2.0","id":1,"method":"`+c.method+`","params":{`+params+`}}`)))
			if err != nil {
				t.Fatal(err)
			}
			var got struct{ Result held }
			if err := json.Unmarshal(raw, &got); err != nil {
				t.Fatal(err)
			}
			return got.Result.String()
		}
		got := []string{
			read(t.Context(), plain.HandleMessage, modern), read(withToken(t), plain.HandleMessage, modern),
			read(t.Context(), hiding.HandleMessage, modern), read(withToken(t), hiding.HandleMessage, ""),
		}
		if diff := cmp.Diff([]string{c.plain, c.token, c.hiding, "-"}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.method, diff)
		}
	}
}

// withToken is the context of a caller with a token, whose limits can be edited.
func withToken(t *testing.T) context.Context {
	t.Helper()
	const token = "a token of thirty-two characters or more"
	path := filepath.Join(t.TempDir(), "tokens")
	text := fmt.Sprintf(`{"tokens":[{"name":"ada","sha256":"%x"}]}`, sha256.Sum256([]byte(token)))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := tokens.Open(t.Context(), path, func(engine.Selection) error { return nil }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := file.Accept(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

// A client can show what the server is, where the revision has it; other results
// carry no more than its name.
func TestIdentity(t *testing.T) {
	const whole, short = "posthog-mcp with 1 icon, https://posthog.com/docs/api", "posthog-mcp with 0 icon, "
	s := serverOf(t, "", says(200, `{"results":[]}`), slog.New(slog.DiscardHandler))
	said := func(i mcp.Implementation) string {
		if (i.Description != "") != (len(i.Icons) > 0) || i.Title == "" {
			t.Errorf("half of an identity: %+v", i)
		}
		return fmt.Sprintf("%s with %d icon, %s", i.Name, len(i.Icons), i.WebsiteURL)
	}
	for version, want := range map[string]string{"2024-11-05": short, "2025-03-26": short, "2025-06-18": short, "2025-11-25": whole} {
		var got struct{ ServerInfo mcp.Implementation }
		result := ask(t, s, "initialize", `{"protocolVersion":"`+version+`","capabilities":{},"clientInfo":{"name":"a","version":"1"}}`)
		if err := json.Unmarshal(result, &got); err != nil || said(got.ServerInfo) != want {
			t.Errorf("%s: %s (%v)", version, result, err)
		}
	}
	for method, want := range map[string]string{"server/discover": whole, "resources/list": short} {
		var got struct {
			Meta struct {
				Server mcp.Implementation `json:"io.modelcontextprotocol/serverInfo"`
			} `json:"_meta"`
		}
		result := ask(t, s, method, `{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}`)
		if err := json.Unmarshal(result, &got); err != nil || said(got.Meta.Server) != want {
			t.Errorf("%s: %s (%v)", method, result, err)
		}
	}
}
