package posthog

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"posthog-mcp/tools"
)

const (
	// maxAnswer is the most bytes of an answer after decompression: about a thousand
	// subscriptions, far more than an agent's context holds.
	maxAnswer = 4 << 20
	// maxScratch is the largest buffer that is reused for the next answer.
	maxScratch = 256 << 10
)

// answer reads the body of res, or, of a success, only the members that keep
// names. If the body is too large, the connection is closed.
func (c *Client) answer(res *http.Response, w *watcher, keep []string) (*tools.Response, *tools.Failure) {
	defer func() { _ = res.Body.Close() }()
	var body []byte
	var err error
	if keep != nil && res.StatusCode >= 200 && res.StatusCode <= 299 {
		body, err = c.readPart(res, keep)
	} else {
		body, err = c.read(res)
	}
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, &tools.Failure{Kind: tools.TooLarge, Sent: true, Status: res.StatusCode, Limit: large.Limit}
	}
	if err != nil {
		return nil, w.failure(err, res.StatusCode)
	}
	return &tools.Response{
		Status:      res.StatusCode,
		ContentType: mediaType(res.Header.Get("Content-Type")),
		Body:        body,
		RetryAfter:  retryAfter(res.Header.Get("Retry-After"), time.Now()),
	}, nil
}

// read returns the body in a slice of fitting size. The error may be a
// [*http.MaxBytesError].
func (c *Client) read(res *http.Response) ([]byte, error) {
	declared := res.ContentLength
	switch {
	case declared > maxAnswer:
		return nil, &http.MaxBytesError{Limit: maxAnswer}
	case declared < 0:
		return c.readUnknown(res.Body)
	}
	// With MinRead bytes of room, ReadFrom sees the end without growing.
	buf := bytes.NewBuffer(make([]byte, 0, declared+bytes.MinRead))
	if _, err := buf.ReadFrom(res.Body); err != nil || buf.Len() == 0 {
		return nil, err
	}
	return buf.Bytes(), nil
}

// readUnknown reads a body of unknown length, chunked or compressed, into a buffer
// that earlier answers have grown.
func (c *Client) readUnknown(r io.ReadCloser) ([]byte, error) {
	buf, _ := c.scratch.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	_, err := buf.ReadFrom(http.MaxBytesReader(nil, r, maxAnswer))
	var body []byte
	if err == nil && buf.Len() > 0 {
		body = bytes.Clone(buf.Bytes())
	}
	if buf.Cap() <= maxScratch {
		buf.Reset()
		c.scratch.Put(buf)
	}
	return body, err
}

// mediaType returns a Content-Type without parameters, in lower case.
func mediaType(header string) string {
	name, _, _ := strings.Cut(header, ";")
	return strings.ToLower(strings.TrimSpace(name))
}
