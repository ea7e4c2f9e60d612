package posthog

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/engine"
)

// layer counts the requests that it passes on, and does nothing else.
type layer struct {
	below  http.RoundTripper
	handed int
	refuse error
}

func (l *layer) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.handed++; l.refuse != nil {
		return nil, l.refuse
	}
	return l.below.RoundTrip(r)
}

// A layer does not change what is known of a write, and so whether it is sent
// again.
func TestWrap(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("refused")}
	neverDials := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, refused }}
	noProxy := Transport(func(*http.Request) (*url.URL, error) { return nil, errors.New("no proxy") })
	for name, c := range map[string]struct {
		answer answerer
		base   http.RoundTripper // nil is the real network
		refuse error
		handed int
		want   outcome
	}{
		"answers":                        {ok, nil, nil, 1, outcome{Requests: 1, Status: 200}},
		"breaks after it was sent":       {reset, nil, nil, 1, once},
		"there is no connection":         {ok, neverDials, nil, 4, outcome{Kind: engine.Unreachable, Pauses: 3}},
		"fails before it looks for one":  {ok, noProxy, nil, 1, outcome{Kind: engine.Unreachable}},
		"the layer refuses":              {ok, nil, refused, 4, outcome{Kind: engine.Unreachable, Pauses: 3}},
		"a carrier that reports nothing": {ok, &layer{refuse: refused}, nil, 1, outcome{Kind: engine.Broken, Sent: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveWire(t, c.answer)
			l := &layer{refuse: c.refuse}
			wrapped := New(Options{Host: mustURL(t, s.url), Key: testKey, Base: c.base, Wrap: func(below http.RoundTripper) http.RoundTripper {
				l.below = below
				return l
			}})
			bare, pauses := client(t, s.url)
			wrapped.pause, wrapped.jitter = bare.pause, bare.jitter
			res, err := wrapped.Do(t.Context(), write())
			if diff := cmp.Diff(c.want, outcomeOf(s.requests(), *pauses, res, err)); diff != "" || l.handed != c.handed {
				t.Errorf("%d requests met the layer, not %d (-want +got):\n%s\nerror: %v", l.handed, c.handed, diff, err)
			}
			wrapped.CloseIdle() // of the carrier: goleak sees what stays open
		})
	}
}
