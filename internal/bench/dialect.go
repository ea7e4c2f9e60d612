package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// A dialect is how a server is spoken to; messages and answers are single lines.
type dialect interface {
	// open does what must come before the first call, sees that the server is
	// ready and returns its list of tools, where there is one.
	open(conn) ([]byte, error)
	// call appends the message for one call.
	call(message []byte, id int, k *class) []byte
	// id finds which call an answer belongs to; false when to none.
	id(answer []byte) (int, bool)
	// check says whether the answer is the upstream's.
	check(answer []byte, k *class) error
}

// plain is what floor speaks.
type plain struct{}

func (p plain) open(c conn) ([]byte, error) {
	_, err := c.ask(p.call(nil, 0, classes()[0]))
	return nil, err
}

func (plain) call(message []byte, id int, k *class) []byte {
	message = append(strconv.AppendInt(message, int64(id), 10), ' ')
	return append(message, k.path...)
}

func (plain) id(answer []byte) (int, bool) {
	digits, _, _ := bytes.Cut(answer[:min(len(answer), 20)], []byte(" "))
	id, err := strconv.Atoi(string(digits))
	return id, err == nil
}

func (plain) check(answer []byte, k *class) error {
	_, body, _ := bytes.Cut(answer, []byte(" "))
	return sameBody(body, k)
}

// raw is what the upstream speaks, and whoever passes requests on as they are: a
// call is the path that is got, the answer is the body. It has no ids.
type raw struct{}

func (raw) open(c conn) ([]byte, error) {
	_, err := c.call(classes()[0])
	return nil, err
}

func (raw) call(message []byte, _ int, k *class) []byte { return append(message, k.path...) }

func (raw) id([]byte) (int, bool) { return 0, false }

func (raw) check(answer []byte, k *class) error { return sameBody(answer, k) }

func sameBody(body []byte, k *class) error {
	if !bytes.Equal(body, k.payload) {
		return fmt.Errorf("not the upstream's body: %.200s", body)
	}
	return nil
}

// mcp speaks MCP in the revision below.
type mcp struct{}

const revision = "2025-11-25"

// firstCall is beyond the ids of what open asks.
const firstCall = 10

func (mcp) open(c conn) ([]byte, error) {
	const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"` + revision + `","capabilities":{},"clientInfo":{"name":"bench","version":"1.0.0"}}}`
	answer, err := c.ask([]byte(hello))
	if err != nil {
		return nil, fmt.Errorf("initialize: %w", err)
	}
	if !bytes.Contains(answer, []byte(`"`+revision+`"`)) {
		return nil, fmt.Errorf("initialize: revision %s is not agreed on: %.200s", revision, answer)
	}
	if err := c.tell([]byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`)); err != nil {
		return nil, fmt.Errorf("notifications/initialized: %w", err)
	}
	list, err := c.ask([]byte(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`))
	if err == nil && !bytes.Contains(list, []byte(`"subscriptions-list"`)) {
		err = fmt.Errorf("no such tools: %.200s", list)
	}
	if err != nil {
		return nil, fmt.Errorf("tools/list: %w", err)
	}
	return list, nil
}

func (mcp) call(message []byte, id int, k *class) []byte {
	message = append(message, `{"jsonrpc":"2.0","id":`...)
	message = strconv.AppendInt(message, int64(id), 10)
	message = append(message, `,"method":"tools/call","params":{"name":"`...)
	message = append(message, k.tool...)
	message = append(message, `","arguments":`...)
	message = append(message, k.args...)
	return append(message, "}}"...)
}

// id is the member "id" of the outermost object. An answer holds others, so
// depth counts; most servers write it near the front, where this stops.
func (mcp) id(answer []byte) (int, bool) {
	key := []byte(`"id":`)
	for i, depth := 0, 0; i < len(answer); i++ {
		switch answer[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			if depth == 1 && bytes.HasPrefix(answer[i:], key) {
				return number(answer[i+len(key):])
			}
			i = closingQuote(answer, i)
		}
	}
	return 0, false
}

// number reads the digits at the start of b.
func number(b []byte) (int, bool) {
	n := 0
	for n < len(b) && b[n] >= '0' && b[n] <= '9' {
		n++
	}
	id, err := strconv.Atoi(string(b[:n]))
	return id, err == nil
}

// closingQuote is where the string that opens at i ends.
func closingQuote(b []byte, i int) int {
	for i++; i < len(b) && b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i
}

// check looks for the payload in a text or, in any form, in the structured content.
func (mcp) check(answer []byte, k *class) error {
	var m struct {
		Result struct {
			IsError           bool
			Content           []struct{ Text string }
			StructuredContent json.RawMessage
		}
	}
	if err := json.Unmarshal(answer, &m); err != nil {
		return fmt.Errorf("%w: %.200s", err, answer)
	}
	if m.Result.IsError {
		return fmt.Errorf("a tool error: %.400s", answer)
	}
	for _, c := range m.Result.Content {
		if bytes.Contains([]byte(c.Text), k.payload) || sameJSON([]byte(c.Text), k.payload) {
			return nil
		}
	}
	if sameJSON(m.Result.StructuredContent, k.payload) || sameItems(m.Result.StructuredContent, k.payload) {
		return nil
	}
	return errors.New("the upstream's answer is not in it: " + string(answer[:min(len(answer), 400)]))
}

// sameItems tells whether two answers are about the same objects, however they
// are shown: a server may answer in fewer words.
func sameItems(a, b []byte) bool {
	x, y := idsOf(a), idsOf(b)
	return len(y) > 0 && slices.Equal(x, y)
}

func idsOf(answer []byte) (ids []int64) {
	type item struct{ ID int64 }
	var page struct {
		item
		Results []item
	}
	if json.Unmarshal(answer, &page) != nil {
		return nil
	}
	for _, r := range append(page.Results, page.item) {
		if r.ID != 0 {
			ids = append(ids, r.ID)
		}
	}
	return ids
}

func sameJSON(a, b []byte) bool {
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}
