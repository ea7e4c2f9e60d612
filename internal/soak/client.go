package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// conn is how a caller speaks to the server. An error is about the way there or
// back, in one word or two; what the tool says is in the reply.
type conn interface {
	call(ctx context.Context, tool string, arguments any) (reply, error)
	close()
}

// reply is a tool's result.
type reply struct {
	IsError           bool
	StructuredContent json.RawMessage
}

// lost is why there is no reply.
type lost string

func (l lost) Error() string { return string(l) }

// callTimeout outlasts a call that waits for its turn.
const callTimeout = 45 * time.Second

// post is a caller's own connections.
type post struct {
	base, token string
	client      *http.Client
	id          atomic.Int64
}

func newPost(base, token string) *post {
	return &post{base: base, token: token, client: &http.Client{
		Timeout:   callTimeout,
		Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: patience}).DialContext, MaxIdleConnsPerHost: 16},
	}}
}

func (p *post) close() { p.client.CloseIdleConnections() }

// send posts a message; headers are names and values in turn.
func (p *post) send(ctx context.Context, path string, message []byte, headers ...string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.base+path, bytes.NewReader(message))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Authorization", "Bearer "+p.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return 0, nil, lost("broken connection")
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil, lost("broken answer")
	}
	return resp.StatusCode, body, nil
}

// message is a tools/call. Callers use the same ids on purpose.
func (p *post) message(tool string, arguments any, meta map[string]any) (int64, []byte, error) {
	id := p.id.Add(1)
	params := map[string]any{"name": tool, "arguments": arguments}
	if meta != nil {
		params["_meta"] = meta
	}
	text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
	return id, text, err
}

// read is the reply to the call of that id.
func read(id int64, text []byte) (reply, error) {
	var response struct {
		ID     json.RawMessage
		Result *reply
		Error  json.RawMessage
	}
	switch err := json.Unmarshal(text, &response); {
	case err != nil:
		return reply{}, lost("answer without sense")
	case string(response.ID) != strconv.FormatInt(id, 10):
		return reply{}, wrong(fmt.Sprintf("call %d got the answer of call %s", id, response.ID))
	case response.Result == nil:
		return reply{}, wrong("JSON-RPC error " + string(response.Error))
	}
	return *response.Result, nil
}

// wrong is what must not happen at all.
type wrong string

func (w wrong) Error() string { return string(w) }

// legacy speaks Streamable HTTP as before 2026.
type legacy struct{ *post }

func (l legacy) call(ctx context.Context, tool string, arguments any) (reply, error) {
	id, text, err := l.message(tool, arguments, nil)
	if err != nil {
		return reply{}, err
	}
	return l.exchange(ctx, id, text)
}

func (p *post) exchange(ctx context.Context, id int64, text []byte, headers ...string) (reply, error) {
	status, body, err := p.send(ctx, "/mcp", text, headers...)
	if err != nil {
		return reply{}, err
	}
	if status != http.StatusOK {
		return reply{}, lost(fmt.Sprintf("status %d", status))
	}
	return read(id, body)
}

// modern speaks Streamable HTTP as of 2026-07-28: every request says who it is.
type modern struct{ *post }

const revision = "2026-07-28"

func (m modern) call(ctx context.Context, tool string, arguments any) (reply, error) {
	const prefix = "io.modelcontextprotocol/"
	id, text, err := m.message(tool, arguments, map[string]any{
		prefix + "protocolVersion":    revision,
		prefix + "clientInfo":         map[string]string{"name": "soak", "version": "1"},
		prefix + "clientCapabilities": struct{}{},
	})
	if err != nil {
		return reply{}, err
	}
	return m.exchange(ctx, id, text, "Mcp-Protocol-Version", revision, "Mcp-Method", "tools/call", "Mcp-Name", tool)
}

// sse speaks the transport of 2024: answers come on a stream.
type sse struct {
	*post
	events  chan string
	address string
	leave   context.CancelFunc
}

func (s *sse) call(ctx context.Context, tool string, arguments any) (reply, error) {
	if s.leave == nil {
		if err := s.open(ctx); err != nil {
			return reply{}, err
		}
	}
	id, text, err := s.message(tool, arguments, nil)
	if err != nil {
		return reply{}, err
	}
	status, _, err := s.send(ctx, s.address, text)
	if err != nil || status != http.StatusAccepted {
		s.hangUp()
		if err == nil {
			err = lost(fmt.Sprintf("status %d on /message", status))
		}
		return reply{}, err
	}
	timeout := time.NewTimer(callTimeout)
	defer timeout.Stop()
	select {
	case data, ok := <-s.events:
		if ok {
			return read(id, []byte(data))
		}
	case <-timeout.C:
	}
	s.hangUp()
	return reply{}, lost("stream ended")
}

// open begins a stream, whose first event is where to post.
func (s *sse) open(ctx context.Context) error {
	ctx, leave := context.WithCancel(context.WithoutCancel(ctx))
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/sse", nil)
	if err != nil {
		leave()
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	// A stream lasts longer than any call.
	resp, err := (&http.Client{Transport: s.client.Transport}).Do(r)
	if err != nil {
		leave()
		return lost("broken connection")
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		leave()
		return lost(fmt.Sprintf("status %d on /sse", resp.StatusCode))
	}
	s.events = make(chan string, 16)
	go listen(resp.Body, s.events)
	address, ok := <-s.events
	if !ok {
		leave()
		return lost("stream ended")
	}
	s.address, s.leave = address, leave
	return nil
}

func (s *sse) hangUp() {
	if s.leave != nil {
		s.leave()
		s.leave = nil
	}
}

func (s *sse) close() {
	s.hangUp()
	s.post.close()
}

// listen puts what events say on the channel, until the stream ends.
func listen(body io.ReadCloser, events chan<- string) {
	defer close(events)
	defer func() { _ = body.Close() }()
	for lines := newLines(body); lines.Scan(); {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			events <- data
		}
	}
}
