package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// roles are what this program is when bench starts it as a server.
var roles = map[string]func(args []string) error{
	"upstream": serveUpstream,
	floor:      func(args []string) error { f := forwarder{newClient()}; return serve(args, f.serveLines, f) },
	bare: func(args []string) error {
		s := newBare(newClient())
		return serve(args, func() error { return server.ServeStdio(s) }, server.NewStreamableHTTPServer(s, server.WithStateLess(true)))
	},
}

// serve is a server in the product's words: "stdio", or "http" with --addr.
func serve(args []string, stdio func() error, web http.Handler) error {
	flags := flag.NewFlagSet("http", flag.ContinueOnError)
	addr := flags.String("addr", "", "loopback address to listen on")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if args[0] == "stdio" {
		return stdio()
	}
	return http.ListenAndServe(*addr, web)
}

// client calls the upstream in the cheapest honest way.
type client struct {
	host, key string
	http      *http.Client
}

// newClient takes POSTHOG_HOST and POSTHOG_PERSONAL_API_KEY, as the product does.
// Its pool holds a connection for every call in flight, or it would open new ones
// all the time.
func newClient() *client {
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.MaxIdleConns, pool.MaxIdleConnsPerHost = busy, busy
	return &client{os.Getenv("POSTHOG_HOST"), os.Getenv("POSTHOG_PERSONAL_API_KEY"), &http.Client{Transport: pool}}
}

func (c *client) get(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.host+path, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.key)
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", path, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// forwarder is the floor: a message is "ID PATH" and its answer "ID BODY", a line
// each on stdio, the bodies of a POST and of its response over HTTP.
type forwarder struct{ upstream *client }

func (f forwarder) answer(ctx context.Context, message string) ([]byte, error) {
	id, path, _ := strings.Cut(message, " ")
	body, err := f.upstream.get(ctx, path)
	return append([]byte(id+" "), body...), err
}

// serveLines answers each line on a goroutine of its own, in any order.
func (f forwarder) serveLines() error {
	var mu sync.Mutex
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		message := lines.Text()
		go func() {
			answer, err := f.answer(context.Background(), message)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			_, _ = os.Stdout.Write(append(answer, '\n'))
		}()
	}
	return lines.Err()
}

func (f forwarder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	message, err := io.ReadAll(r.Body)
	if err == nil {
		message, err = f.answer(r.Context(), string(message))
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	_, _ = w.Write(message)
}

// The list of bare has as many tools as the product's, and about as many bytes.
const (
	bareTools  = 27
	bareFields = 5
	bareWords  = "What it is, in a sentence or two of the length that a careful author gives it, with a note on its default."
)

func newBare(upstream *client) *server.MCPServer {
	s := server.NewMCPServer("bare", "1.0.0", server.WithToolCapabilities(false))
	s.AddTool(tool("subscriptions-retrieve"), forwarding(upstream, func(r mcp.CallToolRequest) string {
		return fmt.Sprintf("%s%d/", subscriptions, r.GetInt("id", 0))
	}))
	s.AddTool(tool("subscriptions-list"), forwarding(upstream, func(r mcp.CallToolRequest) string {
		return fmt.Sprintf("%s?limit=%d", subscriptions, r.GetInt("limit", 100))
	}))
	for i := 2; i < bareTools; i++ {
		s.AddTool(tool(fmt.Sprintf("listed-not-measured-%d", i)), forwarding(upstream, func(mcp.CallToolRequest) string { return "/" }))
	}
	return s
}

func tool(name string) mcp.Tool {
	var fields []string
	for i := range bareFields {
		fields = append(fields, fmt.Sprintf(`"field_%d":{"type":"string","description":%q}`, i, bareWords))
	}
	schema := `{"type":"object","properties":{"id":{"type":"integer"},"limit":{"type":"integer"},` + strings.Join(fields, ",") + `}}`
	return mcp.NewToolWithRawSchema(name, bareWords, json.RawMessage(schema))
}

func forwarding(upstream *client, path func(mcp.CallToolRequest) string) server.ToolHandlerFunc {
	return func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		body, err := upstream.get(ctx, path(r))
		if err != nil {
			return mcp.NewToolResultError(err.Error()), nil
		}
		return mcp.NewToolResultText(string(body)), nil
	}
}
