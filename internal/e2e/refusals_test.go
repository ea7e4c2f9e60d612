package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/internal/sandbox"
	"posthog-mcp/transport/stdio"
)

// refusal is a request, and the code and the words of its error: before 2026-07-28,
// and since where it differs. A code of 0 is a result.
type refusal struct {
	id, method, params string
	code, since        int
	words              string
}

// modern is the _meta that requests carry since 2026-07-28.
const modern = `"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"a","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}`

const huge = 100_000 // bytes of a name

func refusals() []refusal {
	const (
		invalid, noMethod, noMessage, noJSON = mcp.INVALID_PARAMS, mcp.METHOD_NOT_FOUND, mcp.INVALID_REQUEST, mcp.PARSE_ERROR
		missing                              = mcp.RESOURCE_NOT_FOUND
		badID                                = "an id is a string or a whole number"
		noCursor                             = "params.cursor is none that this server gave"
	)
	name := strings.Repeat("x", huge)
	return []refusal{
		{"1", "resources/read", `{"uri":"posthog://subscriptions/77"}`, missing, invalid, `no such resource: PostHog answered 404: \"Not found.\"","data":{"uri":"posthog://subscriptions/77"}`},
		{"1", "resources/read", `{"uri":"posthog://subscriptions/growth"}`, missing, invalid, `posthog://subscriptions/{id} with its number as id","data":{"uri":"posthog://subscriptions/growth"}`},
		{"1", "resources/read", `{"uri":"posthog://dashboards/101"}`, missing, invalid, `no such resource; resources/templates/list has the form of their URIs","data":{"uri":"posthog://dashboards/101"}`},
		{"1", "resources/read", `{"uri":"` + name + `"}`, missing, invalid, "no such resource"},
		{"1", "resources/read", `{"uri":5}`, invalid, 0, "params.uri of resources/read is not as MCP defines it"},
		{"1", "resources/read", `{}`, invalid, 0, "params.uri is missing"},
		{"1", "prompts/get", `{"name":"pause-subscriptions"}`, invalid, 0, `the argument \"about\" is missing`},
		{"1", "prompts/get", `{"name":"pause-subscriptions","arguments":{"abut":"x"}}`, invalid, 0, `unknown argument \"abut\"`},
		{"1", "prompts/get", `{"name":"pause-subscriptions","arguments":{"about":5}}`, invalid, 0, "params.arguments of prompts/get is not as MCP defines it"},
		{"1", "prompts/get", `{"name":"pause-everything"}`, invalid, 0, `no prompt is called \"pause-everything\"; prompts/list has those there are`},
		{"1", "prompts/get", `{"name":"` + name + `"}`, invalid, 0, "no prompt is called"},
		{"1", "prompts/get", `{}`, invalid, 0, "params.name is missing"},
		{"1", "tools/call", `{"name":"nothing"}`, invalid, 0, `no tool is called \"nothing\"; tools/list has those there are`},
		{"1", "tools/call", `{"name":"` + name + `"}`, invalid, 0, "no tool is called"},
		{"1", "tools/call", `{"name":5}`, invalid, 0, "params.name of tools/call is not as MCP defines it"},
		{"1", "tools/call", `{}`, invalid, 0, "params.name is missing"},
		{"1", "tools/call", `{"name":"users-list","task":"x"}`, invalid, 0, "params.task of tools/call is not as MCP defines it"},
		{"1", "tools/call", `{"name":"users-list","inputResponses":5}`, invalid, 0, "params.inputResponses of tools/call is not as MCP defines it"},
		{"1", "tools/call", `{"name":"users-list","arguments":{"limit":1e400}}`, invalid, 0, "params.arguments.limit of tools/call is a number that is too large to be read"},
		{"1", "tools/call", `{"name":"users-list","arguments":{"a":["x",{"b":-1e999}]}}`, invalid, 0, "params.arguments.a[1].b of tools/call"},
		{"1", "tools/call", `{"name":"users-list","arguments":{"` + name + `":1e400}}`, invalid, 0, "params.arguments.xxx"},
		{"1", "tools/list", `{"cursor":"!!"}`, invalid, 0, noCursor},
		{"1", "tools/list", `{"cursor":"\n"}`, invalid, 0, noCursor},
		{"1", "prompts/list", `{"cursor":"eA=="}`, invalid, 0, noCursor},
		{"1", "resources/list", `{"cursor":5}`, invalid, 0, noCursor},
		{"1", "resources/templates/list", `{"cursor":"A"}`, invalid, 0, noCursor},
		{"1", "resources/templates/list", `{"cursor":""}`, 0, 0, ""},
		{"1", "completion/complete", `{}`, invalid, 0, "params.ref of completion/complete is not as MCP defines it"},
		{"1", "completion/complete", `{"ref":{"type":"ref/tool","name":"x"},"argument":{"name":"a","value":""}}`, invalid, 0, "params.ref of completion/complete is not as MCP defines it"},
		{"1", "completion/complete", `{"ref":{"type":"ref/prompt","name":"pause-everything"},"argument":{"name":"a","value":""}}`, invalid, 0, `no prompt is called \"pause-everything\"`},
		{"1", "completion/complete", `{"ref":{"type":"ref/resource","uri":"posthog://x"},"argument":{"name":"a","value":""}}`, invalid, 0, `no resource template is \"posthog://x\"`},
		{"1", "completion/complete", `{"ref":{"type":"ref/prompt","name":"pause-subscriptions"}}`, invalid, 0, "params.argument.name is missing"},
		{"1", "completion/complete", `{"ref":{"type":"ref/prompt","name":"pause-subscriptions"},"argument":{"name":"a","value":5}}`, invalid, 0, "params.argument.value of completion/complete is not as MCP defines it"},
		{"1", "logging/setLevel", `{"level":"info"}`, noMethod, 0, ""},
		{"1", "resources/subscribe", `{"uri":"posthog://subscriptions/1101"}`, noMethod, 0, ""},
		{"1", "tasks/list", `{}`, noMethod, 0, ""},
		{"1", "nothing/do", `{}`, noMethod, 0, "Method nothing/do not found"},
		{"1", name, `{}`, noMethod, 0, "Method xxx"},
		{"1", "notifications/initialized", `{}`, noMethod, 0, "not found"},
		{"1.5", "tools/list", `{}`, noMessage, 0, badID},
		{"9007199254740993.5", "tools/list", `{}`, noMessage, 0, badID},
		{"1e400", "tools/list", `{}`, noMessage, 0, badID},
		{"null", "tools/list", `{}`, noMessage, 0, badID},
		{"{}", "tools/list", `{}`, noMessage, 0, badID},
		{"[1]", "tools/list", `{}`, noMessage, 0, badID},
		{"true", "tools/list", `{}`, noMessage, 0, badID},
		{`""`, "resources/list", `{}`, 0, 0, ""},
		{"1e2", "resources/list", `{}`, 0, 0, ""},
		{"9007199254740993", "resources/list", `{}`, 0, 0, ""},
		{"1", "tools/call", `{"name":"users-list","arguments":{"a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}}`, noJSON, 0, "nested more than 10,000 levels deep"},
		{"1", "tools/list", `{"_meta":{"io.modelcontextprotocol/protocolVersion":"2031-01-01"}}`, mcp.UNSUPPORTED_PROTOCOL_VERSION, 0, `protocol version \"2031-01-01\" is not supported; there are 2026-07-28, 2025-11-25`},
		{"1", "tools/list", `{"_meta":{"io.modelcontextprotocol/protocolVersion":"1999-01-01"}}`, mcp.UNSUPPORTED_PROTOCOL_VERSION, 0, `"requested":"1999-01-01"`},
		{"1", "tools/list", `{"_meta":{"io.modelcontextprotocol/protocolVersion":"` + name + `"}}`, mcp.UNSUPPORTED_PROTOCOL_VERSION, 0, "is not supported"},
		{"1", "tools/list", `{"_meta":{"io.modelcontextprotocol/protocolVersion":5}}`, invalid, 0, "the protocol version in _meta is a string"},
	}
}

// goes are words of Go's, of its JSON and of mcp-go's.
var goes = regexp.MustCompile(`(?i)unmarshal|unparsable|go struct|mcp\.[A-Z]|<nil>|\\u003cnil|base64|handler|illegal|interface|: (tool|prompt|resource) not found"|\[2026`)

// Whatever a client gets wrong, on every transport and in both eras: the code is the
// specification's, the words are no library's, and what is repeated is short.
func TestRefusalsOnEveryTransport(t *testing.T) {
	for _, way := range []struct {
		name string
		open func(*testing.T, *server.MCPServer, string) func(message, name string) (status int, answer string)
	}{{"stdio", speakOverPipes}, {"Streamable HTTP", speakOverHTTP}, {"SSE", speakOverEvents}} {
		for _, version := range []string{mcp.ProtocolVersion20241105, mcp.ProtocolVersion20251125, mcp.ProtocolVersion20260728} {
			t.Run(way.name+" "+version, func(t *testing.T) {
				send := way.open(t, newServer(t, sandbox.New()), version)
				for _, r := range refusals() {
					r.check(t, send, version == mcp.ProtocolVersion20260728)
				}
			})
		}
	}
}

func (r refusal) check(t *testing.T, send func(message, name string) (int, string), since bool) {
	t.Helper()
	var params struct{ Name, URI any }
	_ = json.Unmarshal([]byte(r.params), &params)
	name, _ := params.Name.(string)
	if uri, ok := params.URI.(string); ok {
		name = uri
	}
	want := r.code
	if since {
		if !strings.Contains(r.params, "_meta") {
			r.params = strings.Replace(strings.TrimSuffix(r.params, "}")+","+modern+"}", "{,", "{", 1)
		}
		if r.since != 0 {
			want = r.since
		}
	}
	status, answer := send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, r.id, r.method, r.params), name)
	var got struct {
		ID    json.RawMessage
		Error struct{ Code int }
	}
	if err := json.Unmarshal([]byte(answer), &got); err != nil {
		t.Fatalf("%s %.100s: %q (%v)", r.method, r.params, answer, err)
	}
	if since && status != 0 && got.Error.Code == mcp.HEADER_MISMATCH && (want == mcp.INVALID_PARAMS && name == "" || want == mcp.UNSUPPORTED_PROTOCOL_VERSION) {
		want, r.words = mcp.HEADER_MISMATCH, "" // there is no name for the header, or another version in it
	}
	if got.Error.Code != want || !strings.Contains(answer, r.words) {
		t.Errorf("%s %s %.100s: %.300s, want %d %q", r.id, r.method, r.params, answer, want, r.words)
	}
	if goes.MatchString(answer) || want != 0 && len(answer) > 1000 {
		t.Errorf("%s %.100s: %.300s", r.method, r.params, answer)
	}
	if unusable := want == mcp.INVALID_REQUEST || want == mcp.PARSE_ERROR; !unusable && string(got.ID) != r.id {
		t.Errorf("id %s came back as %s", r.id, got.ID)
	}
	if ok := status == 0 || status == http.StatusOK; since && status != 0 && ok != (want == 0) {
		t.Errorf("%s %.100s: error %d with status %d", r.method, r.params, want, status)
	}
}

func speakOverPipes(t *testing.T, s *server.MCPServer, _ string) func(message, name string) (int, string) {
	t.Helper()
	toServer, fromClient := io.Pipe()
	toClient, fromServer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- stdio.Serve(context.Background(), s, stdio.Options{In: toServer, Out: fromServer, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler)})
	}()
	t.Cleanup(func() {
		_ = fromClient.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	lines := bufio.NewReader(toClient)
	return func(message, _ string) (int, string) {
		_, _ = io.WriteString(fromClient, message+"\n")
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		return 0, line
	}
}

func speakOverHTTP(t *testing.T, s *server.MCPServer, version string) func(message, name string) (int, string) {
	t.Helper()
	url := listen(t, s) + "/mcp"
	return func(message, name string) (int, string) { return post(t, url, version, message, name) }
}

func speakOverEvents(t *testing.T, s *server.MCPServer, _ string) func(message, name string) (int, string) {
	t.Helper()
	url := listen(t, s)
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/sse", http.NoBody)
	stream, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stream.Body.Close(); http.DefaultClient.CloseIdleConnections() })
	lines := bufio.NewReader(stream.Body)
	event := func() string {
		for {
			line, err := lines.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if data, ok := strings.CutPrefix(line, "data: "); ok {
				return strings.TrimSpace(data)
			}
		}
	}
	address := url + event()
	return func(message, _ string) (int, string) {
		if status, answer := post(t, address, "", message, ""); status != http.StatusAccepted {
			return 0, answer
		}
		return 0, event()
	}
}

// post sends a message with the headers that its revision wants.
func post(t *testing.T, url, version, message, name string) (int, string) {
	t.Helper()
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader([]byte(message)))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/json, text/event-stream")
	if version != "" {
		request.Header.Set(mcp.HeaderProtocolVersion, version)
	}
	if version == mcp.ProtocolVersion20260728 {
		var m struct{ Method string }
		_ = json.Unmarshal([]byte(message), &m)
		request.Header.Set("Mcp-Method", m.Method)
		request.Header.Set("Mcp-Name", name)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if kind := response.Header.Get("Content-Type"); len(body) > 0 && kind != "application/json" {
		t.Errorf("%.100s is answered in %s", message, kind)
	}
	return response.StatusCode, string(body)
}

// A version that is not known is refused in JSON, also where the header alone names it.
func TestUnknownVersionInTheHeader(t *testing.T) {
	url := listen(t, newServer(t, sandbox.New())) + "/mcp"
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	for version, want := range map[string]int{"": 0, "2024-11-05": 0, "1999-01-01": mcp.UNSUPPORTED_PROTOCOL_VERSION, "2031-01-01": mcp.UNSUPPORTED_PROTOCOL_VERSION, "x": mcp.UNSUPPORTED_PROTOCOL_VERSION} {
		var got struct{ Error struct{ Code int } }
		_, answer := post(t, url, version, `{"jsonrpc":"2.0","id":1,"method":"resources/list"}`, "")
		if err := json.Unmarshal([]byte(answer), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Error.Code); diff != "" {
			t.Errorf("%q (-want +got):\n%s\n%s", version, diff, answer)
		}
	}
}
