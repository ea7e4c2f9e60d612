package main

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
)

// serverKey is the key of a server that has one of its own.
const serverKey = "phx_bench_0000000000"

// callerKey is what the caller with that number, from 0, shows. It is both a
// PostHog key, to a server that passes keys through, and a token of the file
// that [writeTokens] writes.
func callerKey(i int) string { return fmt.Sprintf("phx_bench_%010d", i+1) }

// stranger is neither.
const stranger = "nobody"

// writeTokens writes the file with the tokens of all callers into folder, in the
// form and with the mode that the product asks for.
func writeTokens(folder string) (path string, err error) {
	type token struct {
		Name string `json:"name"`
		Hash string `json:"sha256"`
	}
	var file struct {
		Tokens []token `json:"tokens"`
	}
	for i := range crowd {
		hash := sha256.Sum256([]byte(callerKey(i)))
		file.Tokens = append(file.Tokens, token{fmt.Sprintf("caller-%d", i+1), fmt.Sprintf("%x", hash)})
	}
	text, err := json.Marshal(file)
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, "tokens.json")
	return path, os.WriteFile(path, text, 0o600)
}

// caller is one of those who talk to a server: it has a connection and a key of
// its own, and makes one call at a time.
type caller struct {
	client http.Client
	header http.Header
}

func newCaller(key string) *caller {
	wire := http.DefaultTransport.(*http.Transport).Clone()
	wire.Proxy = nil
	wire.MaxConnsPerHost = 1
	return &caller{http.Client{Transport: wire}, http.Header{
		"Authorization":        {"Bearer " + key},
		"Content-Type":         {"application/json"},
		"Accept":               {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {revision},
	}}
}

// status is the error of an answer that has another status than 200 or 202.
type status int

func (s status) Error() string { return fmt.Sprintf("status %d", int(s)) }

// send sends the request and hands the body of the answer to read.
func (c *caller) send(req *http.Request, read func(io.Reader) error) error {
	req.Header = c.header
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusAccepted {
		return status(resp.StatusCode)
	}
	return read(resp.Body)
}

// do sends what [http.NewRequest] returned, and returns all of the answer.
func (c *caller) do(req *http.Request, err error) (answer []byte, _ error) {
	if err != nil {
		return nil, err
	}
	err = c.send(req, func(body io.Reader) (err error) {
		answer, err = io.ReadAll(body)
		return err
	})
	return answer, err
}
