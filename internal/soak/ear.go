package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// question is a request, and what its right answer holds.
type question struct{ method, params, answer string }

// questions need no more than the sandbox gives as often as it is asked.
var questions = []question{
	{"ping", `{}`, `"result":{}`},
	{"tools/call", `{"name":"users-hedgehog-config-retrieve","arguments":{"uuid":"@me"}}`, `"structuredContent":{`},
	{"tools/call", `{"name":"subscriptions-retrieve","arguments":{"id":"x"}}`, `expected an integer`},
	{"tools/call", `{"name":"no-such-tool"}`, `"error":{"code":-32602`},
	{"soak/nothing", `{}`, `"error":{"code":-32601`},
}

// ear reads what the server writes, and holds it against what was asked.
type ear struct {
	mu   sync.Mutex
	rest []byte // of a line that is not whole yet
	// open are the requests without an answer, by id: what the answer is to hold.
	// Nobody else can guess an id.
	open map[string]string
	// others are the answers to noise.
	others int
	wrongs []error
}

const known = "known-"

func newEar() *ear { return &ear{open: map[string]string{}} }

// expect is q as a line, and whatever answers it is expected from now on.
func (e *ear) expect(q question) string {
	id := known + rand.Text()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.open[id] = q.answer
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%q,"method":%q,"params":%s}`+"\n", id, q.method, q.params)
}

// Write takes what the server writes, in whatever pieces.
func (e *ear) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.rest = append(e.rest, p...)
	for {
		line, rest, whole := bytes.Cut(e.rest, []byte("\n"))
		if !whole {
			return len(p), nil
		}
		e.hear(line)
		e.rest = rest
	}
}

func (e *ear) hear(line []byte) {
	var m struct {
		JSONRPC       string
		ID            any
		Method        *string
		Result, Error json.RawMessage
	}
	if err := json.Unmarshal(line, &m); err != nil || m.JSONRPC != "2.0" || m.Method == nil && (m.Result == nil) == (m.Error == nil) {
		e.wrong("on stdout there is what is no JSON-RPC: %.200q", line)
		return
	}
	if m.Method != nil {
		return // the server says something unasked
	}
	id, _ := m.ID.(string)
	want, asked := e.open[id]
	switch {
	case asked && !bytes.Contains(line, []byte(want)):
		e.wrong("the answer should hold %s: %.300s", want, line)
	case !asked && strings.HasPrefix(id, known):
		e.wrong("a request is answered twice: %.300s", line)
	case !asked:
		e.others++
	}
	delete(e.open, id)
}

func (e *ear) wrong(format string, a ...any) {
	if len(e.wrongs) < 20 {
		e.wrongs = append(e.wrongs, fmt.Errorf("stdin: "+format, a...))
	}
}

// verdict is what was wrong, once the server has ended: it may answer each line of
// the noise once.
func (e *ear) verdict(lines int) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.open) > 0 {
		e.wrong("%d requests have no answer", len(e.open))
	}
	if len(e.rest) > 0 {
		e.wrong("stdout ends in the middle of a line: %.200q", e.rest)
	}
	if e.others > lines {
		e.wrong("%d answers to %d lines of noise", e.others, lines)
	}
	return errors.Join(e.wrongs...)
}
