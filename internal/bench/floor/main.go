// Command floor is the least that a forwarder can do: it reads a message, calls
// the upstream and writes the answer, without MCP and without JSON. What any
// server takes beyond it is the price of the protocol.
//
// A message is "ID PATH", its answer "ID BODY": a line each on stdio, the body
// of a POST and of its response over HTTP.
package main

import (
	"bufio"
	"context"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"

	"posthog-mcp/internal/bench/forward"
)

func main() {
	f := floor{forward.FromEnv()}
	if err := forward.Serve(os.Args[1:], f.serveLines, f); err != nil {
		log.Fatal(err)
	}
}

type floor struct{ upstream *forward.Client }

func (f floor) answer(ctx context.Context, message string) ([]byte, error) {
	id, path, _ := strings.Cut(message, " ")
	body, err := f.upstream.Get(ctx, path)
	if err != nil {
		return nil, err
	}
	answer := make([]byte, 0, len(id)+len(body)+2)
	answer = append(append(answer, id...), ' ')
	return append(answer, body...), nil
}

// serveLines answers each line of stdin on its own goroutine, in any order.
func (f floor) serveLines() error {
	var calls sync.WaitGroup
	defer calls.Wait()
	var mu sync.Mutex
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		message := lines.Text()
		calls.Go(func() {
			answer, err := f.answer(context.Background(), message)
			if err != nil {
				log.Print(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			_, _ = os.Stdout.Write(append(answer, '\n'))
		})
	}
	return lines.Err()
}

func (f floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	message, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, err := f.answer(r.Context(), string(message))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	_, _ = w.Write(answer)
}
