// Package forward is what the benchmark's reference servers share: the call of
// the upstream, and the choice between stdio and HTTP. It is the cheapest
// honest way to forward, so that what a server costs beyond it is its own.
package forward

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
)

// mostCallers is how many calls there are at most at a time. A pool that keeps
// fewer connections would open new ones all the time, and measure that.
const mostCallers = 256

// Client calls the upstream. Its connections are kept and shared.
type Client struct {
	// Host is the upstream's, with its scheme.
	Host string
	key  string
	http *http.Client
}

// FromEnv takes POSTHOG_HOST and POSTHOG_PERSONAL_API_KEY, as the product does.
func FromEnv() *Client {
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.MaxIdleConns, pool.MaxIdleConnsPerHost = mostCallers, mostCallers
	return &Client{
		Host: os.Getenv("POSTHOG_HOST"),
		key:  os.Getenv("POSTHOG_PERSONAL_API_KEY"),
		http: &http.Client{Transport: pool},
	}
}

// Transport is the way to the upstream, without the key.
func (c *Client) Transport() http.RoundTripper { return c.http.Transport }

// Authorize puts the key into r.
func (c *Client) Authorize(r *http.Request) { r.Header.Set("Authorization", "Bearer "+c.key) }

// Get returns the body at path, which is rooted and may have a query. Any
// status but 200 is an error.
func (c *Client) Get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Host+path, nil)
	if err != nil {
		return nil, err
	}
	c.Authorize(req)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", path, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// Serve runs what args ask for, in the product's words: "stdio", or "http"
// with --addr. Without a function for stdio there is none. It returns when the
// server ends.
func Serve(args []string, stdio func() error, web http.Handler) error {
	if len(args) == 0 {
		return fmt.Errorf("say stdio or http")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "loopback address to listen on")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	switch {
	case args[0] == "stdio" && stdio != nil:
		return stdio()
	case args[0] == "http":
		return http.ListenAndServe(*addr, web)
	}
	return fmt.Errorf("no transport %q here: say stdio or http", args[0])
}
