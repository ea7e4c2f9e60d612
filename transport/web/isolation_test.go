package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

const (
	callsEach = 30 // calls of each caller over each transport
	atOnce    = 8  // of which so many at a time
)

// Callers use the same JSON-RPC ids at the same time on purpose; the desk says
// who asked, and for what.
func TestIsolation(t *testing.T) {
	up := httptest.NewServer(newDesk())
	t.Cleanup(up.Close)
	h := open(t, Options{MCP: product(t, overWire(t, up.URL), silent())})
	var callers sync.WaitGroup
	for token, owner := range owners {
		callers.Go(func() { overMCP(t, h, token, owner, legacy) })
		callers.Go(func() { overMCP(t, h, token, owner, modern) })
		callers.Go(func() { overStream(t, h, token, owner) })
	}
	callers.Wait()
}

type dialect func(id int, uuid string) request

func legacy(id int, uuid string) request {
	return request{method: "POST", path: "/mcp", body: call(id, uuid)}
}

func modern(id int, uuid string) request {
	const meta = `"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}`
	return request{
		method: "POST", path: "/mcp",
		header: map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "users-github-login-retrieve"},
		body:   fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"_meta":{%s},"name":"users-github-login-retrieve","arguments":{"uuid":%q}}}`, id, meta, uuid),
	}
}

func overMCP(t *testing.T, h *house, token, owner string, speak dialect) {
	var workers sync.WaitGroup
	ids := make(chan int)
	for range atOnce {
		workers.Go(func() {
			for id := range ids {
				uuid := fmt.Sprintf("%s-%d", owner, id)
				r := speak(id, uuid)
				r.token = token
				got, err := h.ask(t.Context(), r)
				if err == nil && got.status != http.StatusOK {
					err = errors.New(got.body)
				}
				if err != nil {
					t.Error(err)
					continue
				}
				a, err := decode(got.body)
				belongs(t, a, err, float64(id), owner, uuid)
			}
		})
	}
	for id := range callsEach {
		ids <- id
	}
	close(ids)
	workers.Wait()
}

func overStream(t *testing.T, h *house, token, owner string) {
	e, err := h.tryListen(token)
	if err != nil {
		t.Error(err)
		return
	}
	var posts sync.WaitGroup
	posts.Go(func() {
		for id := range callsEach {
			if err := e.say(call(id, fmt.Sprintf("%s-%d", owner, id))); err != nil {
				t.Error(err)
			}
		}
	})
	heard := map[any]bool{}
	for range callsEach {
		_, data, err := e.next()
		if err != nil {
			t.Error(err)
			break
		}
		a, err := decode(data)
		id, _ := a.ID.(float64)
		belongs(t, a, err, id, owner, fmt.Sprintf("%s-%d", owner, int(id)))
		heard[a.ID] = true
	}
	posts.Wait()
	if len(heard) != callsEach {
		t.Errorf("%s heard %d answers, want %d", owner, len(heard), callsEach)
	}
}

func belongs(t *testing.T, a answered, err error, id float64, owner, uuid string) {
	t.Helper()
	got := a.Result.StructuredContent
	if err != nil || a.ID != id || got.Owner != owner || got.UUID != uuid {
		t.Errorf("%s's call %v for %s got %+v, %v", owner, id, uuid, a, err)
	}
}
