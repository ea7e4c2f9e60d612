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

	"golang.org/x/oauth2"
)

const callback = "/callback"

// door is where the browser brings PostHog's answer: an address on this machine, for
// the time of one login.
type door struct {
	address         string // of the redirect
	state, verifier string
	issuer          string
	server          *http.Server
	taken           atomic.Bool
	answers         chan answer
}

// An answer is PostHog's. done takes what became of it.
type answer struct {
	code string
	err  error
	done chan error
}

var (
	errState  = errors.New("this is not the answer to the login that was started here")
	errSecond = errors.New("this login has its answer already")
)

func (c *Client) openDoor(ctx context.Context, issuer string) (*door, error) {
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
		address: "http://" + listener.Addr().String() + callback, state: rand.Text(), verifier: oauth2.GenerateVerifier(),
		issuer: issuer, answers: make(chan answer, 1),
	}
	d.server = &http.Server{Handler: d, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10}
	go func() { _ = d.server.Serve(listener) }() // until close
	return d, nil
}

// close lets the browser have its page first.
func (d *door) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if d.server.Shutdown(ctx) != nil {
		_ = d.server.Close()
	}
}

// ServeHTTP takes the answer from the person's browser. Pages of others can make the
// browser call this address, too, but do not know the state.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	refuse := func(status int) { http.Error(w, http.StatusText(status), status) }
	switch {
	case "http://"+r.Host+callback != d.address: // another name, by DNS rebinding
		refuse(http.StatusMisdirectedRequest)
		return
	case r.URL.Path != callback || r.Method != http.MethodGet:
		refuse(http.StatusNotFound)
		return
	case cmp.Or(r.Header.Get("Sec-Fetch-Mode"), "navigate") != "navigate": // no page
		refuse(http.StatusForbidden)
		return
	}
	a, err := d.take(r.URL.Query())
	if err == nil {
		select {
		case err = <-a.done:
		case <-r.Context().Done():
			return
		}
	}
	show(w, err)
}

// take checks an answer and passes it on, once.
func (d *door) take(query url.Values) (answer, error) {
	a := answer{code: query.Get("code"), done: make(chan error, 1)}
	state, issuer := query["state"], cmp.Or(query.Get("iss"), d.issuer) // RFC 9207
	switch {
	case len(state) != 1 || subtle.ConstantTimeCompare([]byte(state[0]), []byte(d.state)) != 1,
		strings.TrimSuffix(issuer, "/") != strings.TrimSuffix(d.issuer, "/"):
		return a, errState
	case query.Get("error") == "access_denied":
		a.err = errors.New("access was declined at PostHog, so nobody is logged in")
	case query.Has("error"):
		a.err = fmt.Errorf("PostHog refused the login%s", word(query.Get("error")))
	case a.code == "" || len(query["code"]) != 1:
		return a, errState
	}
	if d.taken.Swap(true) {
		return a, errSecond
	}
	d.answers <- a
	return a, nil
}

// wait returns the first answer, from the browser or pasted.
func (d *door) wait(ctx context.Context, r Request) (answer, error) {
	for {
		select {
		case a := <-d.answers:
			return a, nil
		case <-ctx.Done():
			return answer{}, context.Cause(ctx)
		case pasted := <-r.Pasted:
			u, err := url.Parse(strings.TrimSpace(pasted))
			if err == nil {
				_, err = d.take(u.Query())
			}
			if err != nil {
				r.Refused(errState)
			}
		}
	}
}

//go:embed page.html
var pageHTML string

var page = template.Must(template.New("").Parse(pageHTML))

// show writes the page that says how it went. The code in its address goes nowhere
// from there.
func show(w http.ResponseWriter, err error) {
	for name, value := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
	} {
		w.Header().Set(name, value)
	}
	text := ""
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		text = err.Error()
	}
	_ = page.Execute(w, text)
}
