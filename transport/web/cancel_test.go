package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
)

// outcome of a call that was sent on the side.
type outcome struct {
	reply
	err error
}

func (h *house) askAside(ctx context.Context, r request) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		got, err := h.ask(ctx, r)
		done <- outcome{got, err}
	}()
	return done
}

func wired(t *testing.T) (*desk, *house) {
	t.Helper()
	d := newDesk()
	up := httptest.NewServer(d)
	t.Cleanup(up.Close)
	return d, open(t, Options{MCP: product(t, overWire(t, up.URL), silent())})
}

// expectAnswer lets ada's held call go and reads its answer.
func expectAnswer(t *testing.T, d *desk, ada <-chan outcome) {
	t.Helper()
	select {
	case d.door("hold-ada") <- struct{}{}:
	case uuid := <-d.gone:
		t.Fatalf("%s was cancelled", uuid)
	}
	got := <-ada
	if got.err != nil {
		t.Fatal(got.err)
	}
	a, err := decode(got.body)
	belongs(t, a, err, 1, "ada", "hold-ada")
}

// Closing the connection ends the call, at PostHog's end too, and nobody
// else's of the same id.
func TestDisconnectMCP(t *testing.T) {
	for name, speak := range map[string]dialect{"legacy": legacy, "modern": modern} {
		t.Run(name, func(t *testing.T) {
			d, h := wired(t)
			mine, theirs := speak(1, "hold-ada"), speak(1, "hold-bob")
			mine.token, theirs.token = tokenA, tokenB
			ada := h.askAside(t.Context(), mine)
			<-d.arrived
			ctx, hangUp := context.WithCancel(t.Context())
			bob := h.askAside(ctx, theirs)
			<-d.arrived
			hangUp()
			if uuid := <-d.gone; uuid != "hold-bob" {
				t.Fatalf("%s was cancelled, want hold-bob", uuid)
			}
			if got := <-bob; got.err == nil {
				t.Errorf("bob got an answer: %+v", got)
			}
			expectAnswer(t, d, ada)
		})
	}
}

// Leaving the stream ends its calls, at PostHog's end too.
func TestDisconnectStream(t *testing.T) {
	d, h := wired(t)
	ada := h.askAside(t.Context(), request{method: "POST", path: "/mcp", token: tokenA, body: call(1, "hold-ada")})
	<-d.arrived
	bob := h.listen(tokenB)
	for id := range 3 {
		if err := bob.say(call(id, "hold-bob")); err != nil {
			t.Fatal(err)
		}
		<-d.arrived
	}
	bob.leave()
	for range 3 {
		if uuid := <-d.gone; uuid != "hold-bob" {
			t.Fatalf("%s was cancelled, want hold-bob", uuid)
		}
	}
	expectAnswer(t, d, ada)
	if got := h.must(request{method: "POST", path: bob.post, token: tokenB, body: call(9, "x")}); got.status != http.StatusNotFound {
		t.Errorf("a post to a stream that is gone: %d, want 404", got.status)
	}
}

// Without sessions an id names nobody's call, however the notification is
// spelled and whatever session it claims.
func TestCancellationOverMCP(t *testing.T) {
	for name, r := range map[string]request{
		"plain":     {body: `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`},
		"escaped":   {body: `{"jsonrpc":"2.0","method":"notifications/c\u0061ncelled","params":{"requestId":1}}`},
		"cased":     {body: `{"jsonrpc":"2.0","METHOD":"notifications/cancelled","params":{"requestId":1}}`},
		"twice":     {body: `{"jsonrpc":"2.0","method":"ping","method":"notifications/cancelled","params":{"requestId":1}}`},
		"same user": {token: tokenA, body: `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`},
		"modern": {
			header: map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "notifications/cancelled"},
			body:   `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, h := wired(t)
			ada := h.askAside(t.Context(), request{method: "POST", path: "/mcp", token: tokenA, body: call(1, "hold-ada")})
			<-d.arrived
			if r.method, r.path = "POST", "/mcp"; r.token == "" {
				r.token = tokenB
			}
			if got := h.must(r); got.status != http.StatusAccepted || got.body != "" {
				t.Errorf("got %d %q, want 202 and nothing", got.status, got.body)
			}
			expectAnswer(t, d, ada)
		})
	}
}

// On a stream the notification cancels the stream's own call, and no other's
// of the same id: neither another stream's nor one on /mcp that claims to
// belong to the session.
func TestCancellationOnStream(t *testing.T) {
	d, h := wired(t)
	bob := h.listen(tokenB)
	claim := map[string]string{"Mcp-Session-Id": bob.post[len("/message?sessionId="):]}
	cyd := h.listen(oauthC)
	if err := cyd.say(call(1, "hold-cyd")); err != nil {
		t.Fatal(err)
	}
	<-d.arrived
	if err := bob.say(call(1, "hold-bob")); err != nil {
		t.Fatal(err)
	}
	<-d.arrived
	ada := h.askAside(t.Context(), request{method: "POST", path: "/mcp", token: tokenA, header: claim, body: call(1, "hold-ada")})
	<-d.arrived
	if err := bob.say(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}`); err != nil {
		t.Fatal(err)
	}
	if uuid := <-d.gone; uuid != "hold-bob" {
		t.Fatalf("%s was cancelled, want hold-bob", uuid)
	}
	d.door("hold-cyd") <- struct{}{}
	expectAnswer(t, d, ada)
	a := cyd.hear()
	belongs(t, a, nil, 1, "cyd", "hold-cyd")
}
