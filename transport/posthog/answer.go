package posthog

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

const (
	// maxAnswer is the most bytes of an answer after decompression: about a thousand
	// subscriptions, far more than an agent's context holds.
	maxAnswer = 4 << 20
	// maxStream is the most bytes, after decompression, of an answer of which only a
	// part is kept: a page of deliveries repeats the results of every chart in it.
	maxStream = 64 << 20
)

// readAnswer reads the body of res, or, of a success, only the members that keep
// names. If the body is too large, the connection is closed.
func readAnswer(res *http.Response, w *watcher, keep []string) (*engine.Response, *engine.Failure) {
	defer res.Body.Close()
	if res.StatusCode < 200 || res.StatusCode > 299 {
		keep = nil
	}
	body, err := readBody(res, keep)
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &engine.Failure{Kind: engine.TooLarge, Sent: true, Status: res.StatusCode, Limit: large.Limit}
	}
	if err != nil {
		return nil, w.failure(err, res.StatusCode)
	}
	name, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	return &engine.Response{
		Status:      res.StatusCode,
		ContentType: strings.ToLower(strings.TrimSpace(name)),
		Body:        body,
		RetryAfter:  retryAfter(res.Header.Get("Retry-After"), time.Now()),
	}, nil
}

// readBody returns the body, or nil if it is empty. If keep has names and the body is a
// JSON object, it returns only those members of it, and holds no others. The error may be
// a [*http.MaxBytesError].
func readBody(res *http.Response, keep []string) ([]byte, error) {
	fields, err := view.ParseFields(keep)
	if err != nil {
		return nil, err
	}
	if keep != nil && fields != nil {
		stream := bufio.NewReader(http.MaxBytesReader(nil, res.Body, maxStream))
		if first, _ := stream.Peek(1); string(first) == "{" {
			return readPart(stream, fields, res.ContentLength)
		}
		res.Body = io.NopCloser(stream)
	}
	if res.ContentLength > maxAnswer {
		return nil, &http.MaxBytesError{Limit: maxAnswer}
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, res.Body, maxAnswer))
	if len(body) == 0 {
		body = nil
	}
	return body, err
}

func readPart(object io.Reader, fields view.Fields, length int64) ([]byte, error) {
	if length > maxStream {
		return nil, &http.MaxBytesError{Limit: maxStream}
	}
	part, err := fields.Keep(object, maxAnswer)
	switch {
	case errors.Is(err, view.ErrTooLarge):
		return nil, &http.MaxBytesError{Limit: maxAnswer}
	case errors.Is(err, view.ErrNotJSON):
		return part, nil // the caller finds the error, as for a whole answer
	}
	return part, err
}
