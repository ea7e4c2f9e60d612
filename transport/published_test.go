package transport_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/tidwall/gjson"
	"github.com/tiktoken-go/tokenizer"

	"posthog-mcp/internal/transcript"
	"posthog-mcp/schema"
	"posthog-mcp/tools"
	"posthog-mcp/tools/engine"
	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

var compiled = sync.OnceValues(tools.NewCatalogue)

// serverOf makes the server as the commands do; base carries its calls.
func serverOf(t *testing.T, profile schema.Profile, base http.RoundTripper, log *slog.Logger) *server.MCPServer {
	t.Helper()
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	api := posthog.New(posthog.Options{Base: base, Key: "phx_fake0000canary", Logger: log})
	return transport.NewServer(transport.Options{
		Catalogue: catalogue, Toolbox: &engine.Toolbox{API: api}, Profile: profile, Logger: log,
	})
}

// ask is one request, and the result's bytes as they go over the wire.
func ask(t *testing.T, s *server.MCPServer, method, params string) json.RawMessage {
	t.Helper()
	request := `{"jsonrpc":"2.0","id":1,"method":"` + method + `","params":` + params + `}`
	raw, err := json.Marshal(s.HandleMessage(context.Background(), json.RawMessage(request)))
	if err != nil {
		t.Fatal(err)
	}
	var response struct{ Result, Error json.RawMessage }
	if err := json.Unmarshal(raw, &response); err != nil || response.Error != nil {
		t.Fatalf("%s: %s (%v)", method, raw, err)
	}
	return response.Result
}

// listed is the tools array that tools/list answers with.
func listed(t *testing.T, profile schema.Profile) json.RawMessage {
	t.Helper()
	result := ask(t, serverOf(t, profile, nil, slog.New(slog.DiscardHandler)), "tools/list", "{}")
	var list struct{ Tools, NextCursor json.RawMessage }
	if err := json.Unmarshal(result, &list); err != nil || list.NextCursor != nil {
		t.Fatalf("%s (%v)", result, err)
	}
	return list.Tools
}

// What agents see of the tools, to the byte. A change shows up here, and is
// accepted with -update.
func TestGoldenPublishedTools(t *testing.T) {
	for profile, file := range map[schema.Profile]string{
		schema.Standard: "testdata/tools-list.json",
		schema.Portable: "testdata/tools-list-portable.json",
	} {
		t.Run(string(profile), func(t *testing.T) {
			var got bytes.Buffer
			if err := json.Indent(&got, listed(t, profile), "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			if transcript.Updating(t) {
				if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got.String(), "\n")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// What a tool may cost, in bytes: every session of every agent pays for it.
// Raising one is a decision.
const (
	bytesOfATool      = 450
	bytesAnArgument   = 120
	tokensOfAToolList = 241 // for each tool, on average
)

func TestBudget(t *testing.T) {
	var list []json.RawMessage
	if err := json.Unmarshal(listed(t, schema.Standard), &list); err != nil {
		t.Fatal(err)
	}
	for _, raw := range list {
		tool := parse(t, string(raw))
		arguments := len(gjson.GetBytes(raw, "inputSchema.properties").Map())
		if most := bytesOfATool + arguments*bytesAnArgument; len(raw) > most {
			t.Errorf("%s has %d bytes, and a budget of %d for its %d arguments", tool.Name, len(raw), most, arguments)
		}
	}
}

// All the tools together, in the tokens of a common model.
func TestTokens(t *testing.T) {
	catalogue, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	most := tokensOfAToolList * len(catalogue.Tools())
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		t.Fatal(err)
	}
	for _, profile := range []schema.Profile{schema.Standard, schema.Portable} {
		tokens, err := codec.Count(string(listed(t, profile)))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d tokens", profile, tokens)
		if tokens >= most {
			t.Errorf("%s: %d tokens, want fewer than %d", profile, tokens, most)
		}
	}
}
