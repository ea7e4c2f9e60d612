package login

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

const callback = "/callback"

// door is where the browser brings PostHog's answer: an address on this machine, for
// the time of one login.
type door struct {
	address       string // of the redirect
	state, issuer string
	server        *http.Server
	finish        func(code string) (*Login, error)
	taken         atomic.Bool
	login         *Login // by the first answer, once it has a result
	result        chan error
}

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("").Parse(pageHTML))

var (
	errState  = errors.New("this is not the answer to the login that was started here")
	errSecond = errors.New("this login has its answer already")
)

func (c *Client) openDoor(ctx context.Context, issuer string, finish func(code string) (*Login, error)) (*door, error) {
	listen := c.Listen
	if listen == nil {
		listen = (&net.ListenConfig{}).Listen
	}
	listener, err := listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		listener, err = listen(ctx, "tcp", "[::1]:0")
	}
	if err != nil {
		return nil, fmt.Errorf("listen for the browser: %w", err)
	}
	d := &door{
		address: "http://" + listener.Addr().String() + callback, state: rand.Text(), issuer: issuer,
		finish: finish, result: make(chan error, 1),
	}
	d.server = &http.Server{Handler: d, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10}
	go func() { _ = d.server.Serve(listener) }() // until close
	return d, nil
}

// close lets the browser have its page first.
func (d *door) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = d.server.Shutdown(ctx)
	_ = d.server.Close()
}

// ServeHTTP takes the answer from the person's browser, and says how it went. Pages of
// others can make the browser call this address, too, but do not know the state.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refused := 0
	switch {
	case "http://"+r.Host+callback != d.address: // another name, by DNS rebinding
		refused = http.StatusMisdirectedRequest
	case r.URL.Path != callback || r.Method != http.MethodGet:
		refused = http.StatusNotFound
	case cmp.Or(r.Header.Get("Sec-Fetch-Mode"), "navigate") != "navigate": // no page
		refused = http.StatusForbidden
	}
	if refused != 0 {
		http.Error(w, http.StatusText(refused), refused)
		return
	}
	// The code in the address of the page goes nowhere from there.
	for name, value := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
	} {
		w.Header().Set(name, value)
	}
	err := d.take(r.URL.Query())
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
	}
	_ = page.Execute(w, err)
}

// take checks an answer, and logs in with it, once.
func (d *door) take(query url.Values) (err error) {
	state, issuer, code := query["state"], cmp.Or(query.Get("iss"), d.issuer), query["code"] // iss: RFC 9207
	switch {
	case len(state) != 1 || subtle.ConstantTimeCompare([]byte(state[0]), []byte(d.state)) != 1,
		strings.TrimSuffix(issuer, "/") != strings.TrimSuffix(d.issuer, "/"):
		return errState
	case query.Get("error") == "access_denied":
		err = errors.New("access was declined at PostHog, so nobody is logged in")
	case query.Has("error"):
		err = fmt.Errorf("PostHog refused the login%s", word(query.Get("error")))
	case len(code) != 1 || code[0] == "":
		return errState
	}
	if d.taken.Swap(true) {
		return errSecond
	}
	if err == nil {
		d.login, err = d.finish(code[0])
	}
	d.result <- err
	return err
}

// wait waits for an answer, from the browser or pasted.
func (d *door) wait(ctx context.Context, r Request) (*Login, error) {
	for {
		select {
		case err := <-d.result:
			return d.login, err
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case pasted := <-r.Pasted:
			// Without a URL there is no state.
			if u, err := url.Parse(strings.TrimSpace(pasted)); err != nil || errors.Is(d.take(u.Query()), errState) {
				r.Refused(errState)
			}
		}
	}
}
