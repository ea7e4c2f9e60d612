package posthog

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"time"

	"posthog-mcp/tools"
)

const (
	// maxAnswer is the size in bytes of the largest answer that is read, after
	// decompression: some thousand subscriptions, and far more than an agent's
	// context holds.
	maxAnswer = 4 << 20
	// maxScratch is the largest buffer kept for the next answer.
	maxScratch = 256 << 10
)

// answer reads res whole. One that is too large is left in the connection,
// which closing the body then ends.
func (c *Client) answer(res *http.Response, w *watcher) (*tools.Response, *tools.Failure) {
	defer func() { _ = res.Body.Close() }()
	body, err := c.read(res)
	if err != nil {
		return nil, w.failure(err, res.StatusCode)
	}
	if len(body) > maxAnswer || res.ContentLength > maxAnswer {
		return nil, &tools.Failure{Kind: tools.TooLarge, Sent: true, Status: res.StatusCode, Limit: maxAnswer}
	}
	return &tools.Response{
		Status:      res.StatusCode,
		ContentType: mediaType(res.Header.Get("Content-Type")),
		Body:        body,
		RetryAfter:  retryAfter(res.Header.Get("Retry-After"), time.Now()),
	}, nil
}

// read returns up to one byte more than maxAnswer, in a slice of fitting size;
// nothing when the declared length is beyond it.
func (c *Client) read(res *http.Response) ([]byte, error) {
	declared := res.ContentLength
	switch {
	case declared > maxAnswer:
		return nil, nil
	case declared < 0:
		return c.readUnknown(res.Body)
	}
	// ReadFrom wants MinRead bytes of room to see the end without growing.
	buf := bytes.NewBuffer(make([]byte, 0, declared+bytes.MinRead))
	if _, err := buf.ReadFrom(res.Body); err != nil || buf.Len() == 0 {
		return nil, err
	}
	return buf.Bytes(), nil
}

// readUnknown reads a chunked or compressed body, whose length only its end
// tells, into a buffer that earlier answers have grown.
func (c *Client) readUnknown(r io.Reader) ([]byte, error) {
	buf, _ := c.scratch.Get().(*bytes.Buffer)
	if buf == nil {
		buf = new(bytes.Buffer)
	}
	_, err := buf.ReadFrom(io.LimitReader(r, maxAnswer+1))
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

// mediaType is a Content-Type without parameters, in lower case.
func mediaType(header string) string {
	name, _, _ := strings.Cut(header, ";")
	return strings.ToLower(strings.TrimSpace(name))
}
