package posthog

import (
	"bufio"
	"errors"
	"io"
	"net/http"

	"posthog-mcp/tools/view"
)

// maxStream is the most bytes, after decompression, of an answer of which only a
// part is kept: a page of deliveries repeats the results of every chart in it.
const maxStream = 64 << 20

// readPart reads the members of a JSON object that keep names. It reads a stream
// and holds no other members. A body that is no object is read whole, for the error
// that quotes it. The error may be a [*http.MaxBytesError].
func (c *Client) readPart(res *http.Response, keep []string) ([]byte, error) {
	fields, err := view.ParseFields(keep)
	if err != nil {
		return nil, err
	}
	body := bufio.NewReader(http.MaxBytesReader(nil, res.Body, maxStream))
	if first, _ := body.Peek(1); fields == nil || string(first) != "{" {
		res.Body = readCloser{body, res.Body}
		return c.read(res)
	}
	if res.ContentLength > maxStream {
		return nil, &http.MaxBytesError{Limit: maxStream}
	}
	part, err := fields.Keep(body, maxAnswer)
	switch {
	case errors.Is(err, view.ErrTooLarge):
		return nil, &http.MaxBytesError{Limit: maxAnswer}
	case errors.Is(err, view.ErrNotJSON):
		return part, nil // the caller finds the error, as for a whole answer
	}
	return part, err
}

type readCloser struct {
	io.Reader
	io.Closer
}
