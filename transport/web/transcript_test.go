package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"posthog-mcp/internal/build"
	"posthog-mcp/internal/sandbox"
	"posthog-mcp/internal/transcript"
	"posthog-mcp/transport/session/sessiontest"
)

// The transcripts are conversations on the wire with the sandbox behind it:
//
//	asks                the server is not the product, but one whose tools ask
//	                    the person: [sessiontest.Server]
//	client METHOD PATH  a request: header lines, an empty line, the body.
//	                    Without its own, it has the headers of usualHeaders;
//	                    "Name: -" leaves one out. SESSION in the path is the
//	                    session that GET /sse opened.
//	server              the reply: status, the headers of shownHeaders, body
//	stream              the next event on the stream that GET /sse opened
//
// JSON is shown with its keys sorted and its long parts cut short.
func TestGoldenTranscripts(t *testing.T) { transcript.Replay(t, replay) }

var (
	usualHeaders = map[string]string{
		"Authorization": "Bearer " + sandbox.KeyAll,
		"Content-Type":  "application/json",
		"Accept":        "application/json, text/event-stream",
	}
	shownHeaders = []string{"Content-Type", "Allow", "WWW-Authenticate", "Retry-After", "Mcp-Session-Id", "Access-Control-Allow-Origin"}
)

// replay holds the conversation, and puts what came into the archive.
func replay(t *testing.T, archive *txtar.Archive) {
	now := time.Date(2025, 3, 3, 9, 0, 0, 0, time.UTC)
	world := sandbox.New(sandbox.WithClock(func() time.Time { return now }))
	s := product(t, overBase(world.RoundTripper()), silent())
	if archive.Files[0].Name == "asks" {
		s = sessiontest.Server()
	}
	c := &conversation{house: open(t, Options{MCP: s})}
	last := "nothing was said yet"
	for i, section := range archive.Files {
		verb, target, _ := strings.Cut(section.Name, " ")
		switch verb {
		case "asks":
		case "client":
			method, path, _ := strings.Cut(target, " ")
			last = c.say(method, path, string(section.Data))
		case "server":
			archive.Files[i].Data = []byte(last)
		case "stream":
			archive.Files[i].Data = []byte(c.event())
		default:
			t.Fatalf("unknown section %q", section.Name)
		}
	}
}

type conversation struct {
	house  *house
	stream *events
}

// say sends one request and shows the reply.
func (c *conversation) say(method, path, text string) string {
	head, body, _ := strings.Cut("\n"+text, "\n\n")
	headers := maps.Clone(usualHeaders)
	for line := range strings.Lines(strings.TrimPrefix(head, "\n")) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		headers[name] = value
	}
	if path == "/sse" && method == "GET" {
		c.stream = c.house.listen(strings.TrimPrefix(headers["Authorization"], "Bearer "))
		return shown(http.StatusOK, c.stream.header) + "\n" + c.show("endpoint", c.stream.post)
	}
	maps.DeleteFunc(headers, func(_, value string) bool { return value == "-" })
	if c.stream != nil {
		path = strings.ReplaceAll(path, "SESSION", c.session())
	}
	got := c.house.must(request{method: method, path: path, header: headers, body: strings.TrimSuffix(body, "\n")})
	text = shown(got.status, got.header)
	if got.body != "" {
		text += "\n" + abbreviate(got.body)
	}
	return text
}

func shown(status int, header http.Header) string {
	var b strings.Builder
	fmt.Fprintln(&b, status)
	for _, name := range shownHeaders {
		for _, value := range header.Values(name) {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	return b.String()
}

func (c *conversation) session() string {
	_, id, _ := strings.Cut(c.stream.post, "sessionId=")
	return id
}

func (c *conversation) event() string {
	name, data, err := c.stream.next()
	if err != nil {
		c.house.t.Fatal(err)
	}
	return c.show(name, data)
}

func (c *conversation) show(name, data string) string {
	return fmt.Sprintf("event: %s\ndata: %s", name, strings.ReplaceAll(abbreviate(data), c.session(), "SESSION"))
}

// abbreviate shows JSON so that a reader sees its shape. Events of an upgraded
// answer are shown as they are, line by line.
func abbreviate(body string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimSpace(body)) {
		prefix, document := "", strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(document, "data: "); ok {
			prefix, document = "data: ", rest
		}
		var v any
		exact := json.NewDecoder(strings.NewReader(document))
		exact.UseNumber()
		if exact.Decode(&v) == nil {
			document = indented(shorter("", v))
		}
		b.WriteString(prefix + document + "\n")
	}
	return b.String()
}

func indented(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v)
	return strings.TrimSpace(b.String())
}

const longest = 160

func shorter(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if key == "inputSchema" || key == "structuredContent" && len(indented(v)) > 1000 {
			return strings.Join(slices.Sorted(maps.Keys(v)), " ") + " …"
		}
		for k, member := range v {
			v[k] = shorter(k, member)
		}
	case []any:
		for i, element := range v {
			v[i] = shorter("", element)
		}
		if len(v) > 2 && key == "tools" {
			return []any{v[0], fmt.Sprintf("… and %d more", len(v)-1)}
		}
	case string:
		if v == build.Version() && key == "version" {
			return "VERSION"
		}
		if key == "description" {
			return "…"
		}
		if runes := []rune(v); len(runes) > longest && key != "message" {
			return string(runes[:longest]) + "…"
		}
	}
	return v
}
