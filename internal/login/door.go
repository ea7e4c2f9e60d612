package login

import (
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

const (
	loopback = "127.0.0.1"
	callback = "/callback"
)

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

func openDoor(ctx context.Context, issuer string) (*door, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", loopback+":0")
	if err != nil {
		return nil, fmt.Errorf("listen for the browser: %w", err)
	}
	d := &door{
		address: "http://" + listener.Addr().String() + callback, state: rand.Text(), verifier: oauth2.GenerateVerifier(),
		issuer: strings.TrimSuffix(issuer, "/"), answers: make(chan answer, 1),
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
	mode := r.Header.Get("Sec-Fetch-Mode")
	switch {
	case "http://"+r.Host+callback != d.address: // another name, by DNS rebinding
		http.Error(w, "wrong host", http.StatusMisdirectedRequest)
		return
	case r.URL.Path != callback || r.Method != http.MethodGet:
		http.NotFound(w, r)
		return
	case mode != "" && mode != "navigate":
		http.Error(w, "not a page", http.StatusForbidden)
		return
	}
	a, err := d.take(r.URL.Query())
	if err != nil {
		show(w, err)
		return
	}
	select {
	case err := <-a.done:
		show(w, err)
	case <-r.Context().Done():
	}
}

// take checks an answer and passes it on, once.
func (d *door) take(query url.Values) (answer, error) {
	a := answer{code: query.Get("code"), done: make(chan error, 1)}
	states := query["state"]
	switch issuers := query["iss"]; { // RFC 9207
	case len(states) != 1 || subtle.ConstantTimeCompare([]byte(states[0]), []byte(d.state)) != 1:
		return a, errState
	case len(issuers) > 0 && strings.TrimSuffix(issuers[0], "/") != d.issuer:
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
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
	text := ""
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		text = err.Error()
	}
	_ = page.Execute(w, text)
}
