// Command proxy is net/http/httputil.ReverseProxy in front of the upstream, with
// the key put in: the least that anything costs that stands between two HTTP
// connections and reads what passes. Its client gets the API's own paths.
package main

import (
	"log"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"

	"posthog-mcp/internal/bench/forward"
)

func main() {
	proxy, err := newProxy(forward.FromEnv())
	if err == nil {
		err = forward.Serve(os.Args[1:], nil, proxy)
	}
	log.Fatal(err)
}

func newProxy(upstream *forward.Client) (*httputil.ReverseProxy, error) {
	target, err := url.Parse(upstream.Host)
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			upstream.Authorize(r.Out)
		},
		Transport:  upstream.Transport(),
		BufferPool: &buffers{},
	}, nil
}

// buffers saves the proxy from making one for each answer.
type buffers struct{ pool sync.Pool }

// usual is the size that ReverseProxy itself makes.
const usual = 32 << 10

func (b *buffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, usual)
}

func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
