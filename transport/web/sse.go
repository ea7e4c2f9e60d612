package web

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/mark3labs/mcp-go/server"

	"posthog-mcp/transport"
	"posthog-mcp/transport/posthog"
)

// streams are the open event streams of the older HTTP transport: a client
// opens one with GET /sse, learns its address there, and posts its messages to
// that address; the answers come on the stream.
type streams struct {
	inner *server.SSEServer
	seal  []byte // signs session ids; of this process alone

	mu   sync.Mutex
	byID map[string]*stream
	idle chan struct{} // closed and replaced whenever a stream settles
}

// stream is one open event stream.
type stream struct {
	ctx context.Context
	// pending counts the requests that were accepted and not yet answered.
	pending int
}

func newStreams(mcpServer *server.MCPServer) (*streams, error) {
	s := &streams{byID: map[string]*stream{}, idle: make(chan struct{}), seal: make([]byte, 32)}
	if _, err := rand.Read(s.seal); err != nil {
		return nil, fmt.Errorf("make a seal for sessions: %w", err)
	}
	s.inner = server.NewSSEServer(mcpServer,
		server.WithSessionIDGenerator(func(_ context.Context, r *http.Request) (string, error) {
			return r.Context().Value(sessionKey{}).(string), nil
		}),
		server.WithUseFullURLForMessageEndpoint(false),
		server.WithSSEDisableLocalhostProtection(true), // the guard does it
	)
	return s, nil
}

type sessionKey struct{}

// newID makes a session id that belongs to the caller: a random part, and a
// seal over it and the caller's key. Who holds another key cannot use it.
func (s *streams) newID(ctx context.Context) string {
	random := rand.Text()
	return random + "." + s.sealOf(random, ctx)
}

func (s *streams) sealOf(random string, ctx context.Context) string {
	key, _ := posthog.KeyFrom(ctx)
	mac := hmac.New(sha256.New, s.seal)
	fmt.Fprintf(mac, "%s\x00%s", random, key.Reveal())
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// owns tells whether the caller opened that session.
func (s *streams) owns(ctx context.Context, id string) bool {
	random, seal, _ := strings.Cut(id, ".")
	return hmac.Equal([]byte(seal), []byte(s.sealOf(random, ctx)))
}

// open serves GET /sse until the client leaves.
func (s *streams) open(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		answer(w, http.StatusMethodNotAllowed, "method_not_allowed", "Open an event stream with GET.")
		return
	}
	id := s.newID(r.Context())
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel() // ends the calls whose answers would have nowhere to go
	st := &stream{ctx: ctx}
	s.mu.Lock()
	s.byID[id] = st
	s.mu.Unlock()
	defer s.forget(id)
	s.inner.SSEHandler().ServeHTTP(&eventWriter{ResponseWriter: w, answered: func() { s.answered(st) }},
		r.WithContext(context.WithValue(ctx, sessionKey{}, id)))
}

// post serves POST /message: one JSON-RPC message of an open stream's client.
func (s *streams) post(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		answer(w, http.StatusMethodNotAllowed, "method_not_allowed", "Send JSON-RPC messages with POST.")
		return
	}
	id := r.URL.Query().Get("sessionId")
	if !s.owns(r.Context(), id) {
		answer(w, http.StatusForbidden, "foreign_session", "This sessionId is not yours: it was not opened here, or with another token. Open a stream with GET /sse.")
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		answer(w, http.StatusBadRequest, "bad_request", "The body could not be read.")
		return
	}
	if isBatch(body) {
		refuse(w, "batches are not supported; send one message per request")
		return
	}
	if !json.Valid(body) {
		refuse(w, "not valid JSON")
		return
	}
	st := s.accept(id, body)
	if st == nil {
		answer(w, http.StatusNotFound, "session_closed", "The event stream of this session is closed. Open a new one with GET /sse.")
		return
	}
	r = r.WithContext(transport.WithConnection(r.Context(), st.ctx))
	r.Body = io.NopCloser(bytes.NewReader(body))
	s.inner.MessageHandler().ServeHTTP(w, r)
}

// accept counts a request in: it will be answered on its stream. A notification,
// or an answer of the client's, is not.
func (s *streams) accept(id string, body []byte) *stream {
	var message struct {
		ID     json.RawMessage
		Method string
	}
	_ = json.Unmarshal(body, &message)
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.byID[id]
	if st != nil && message.Method != "" && len(message.ID) > 0 && string(message.ID) != "null" {
		st.pending++
	}
	return st
}

func (s *streams) answered(st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st.pending--
	s.changed()
}

func (s *streams) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
	s.changed()
}

func (s *streams) changed() {
	close(s.idle)
	s.idle = make(chan struct{})
}

// settled waits until every accepted request is answered, or ctx ends.
func (s *streams) settled(ctx context.Context) {
	for {
		s.mu.Lock()
		changed, pending := s.idle, 0
		for _, st := range s.byID {
			pending += max(0, st.pending)
		}
		s.mu.Unlock()
		if pending == 0 {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// close ends all streams.
func (s *streams) close() { s.inner.CloseSessions() }
