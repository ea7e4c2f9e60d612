package guard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"
)

// firstRead bounds what is set aside for a body on its length's word alone.
const firstRead = 64 << 10

// bodyRule bounds what a request may carry.
type bodyRule struct {
	max     int64
	timeout time.Duration
}

// expect gives the body its time to arrive. It holds for refused bodies too:
// net/http reads a part of them before it closes the connection.
func (b bodyRule) expect(w *response, r *http.Request) {
	if r.ContentLength != 0 {
		setReadDeadline(w, time.Now().Add(b.timeout))
	}
}

// check refuses a request by its header alone.
func (b bodyRule) check(r *http.Request) *refusal {
	if r.Method == http.MethodPost && !isPlainJSON(r.Header) {
		return &refusal{
			status:  http.StatusUnsupportedMediaType,
			code:    "unsupported_media_type",
			message: "Send JSON in UTF-8, uncompressed, with Content-Type: application/json.",
		}
	}
	if r.ContentLength > b.max {
		return b.tooLarge()
	}
	return nil
}

// isPlainJSON also keeps web pages out: a page can post text/plain without a
// preflight, but not application/json.
func isPlainJSON(h http.Header) bool {
	for _, coding := range h["Content-Encoding"] {
		if !strings.EqualFold(coding, "identity") {
			return false
		}
	}
	types := h["Content-Type"]
	if len(types) != 1 {
		return false
	}
	media, params, err := mime.ParseMediaType(types[0])
	charset, given := params["charset"]
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// read takes the whole body off the connection, so that nothing behind the
// guard can be made to read more, or wait. Only a POST's is returned.
func (b bodyRule) read(w *response, r *http.Request) ([]byte, *refusal) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	// MinRead more than the body, so that the read that finds its end does
	// not grow the buffer.
	size := min(max(r.ContentLength, 0), firstRead) + bytes.MinRead
	buf := bytes.NewBuffer(make([]byte, 0, size))
	n, err := buf.ReadFrom(io.LimitReader(r.Body, b.max+1))
	if err != nil {
		return nil, b.broken(err)
	}
	if n > b.max {
		return nil, b.tooLarge()
	}
	w.unread = false
	setReadDeadline(w, time.Time{})
	if r.Method != http.MethodPost {
		return nil, nil
	}
	return buf.Bytes(), nil
}

func (b bodyRule) tooLarge() *refusal {
	return &refusal{
		status:  http.StatusRequestEntityTooLarge,
		code:    "body_too_large",
		message: fmt.Sprintf("The request body is larger than %d bytes.", b.max),
	}
}

func (b bodyRule) broken(err error) *refusal {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &refusal{
			status:  http.StatusRequestTimeout,
			code:    "body_timeout",
			message: fmt.Sprintf("The request body did not arrive within %s.", b.timeout),
		}
	}
	return &refusal{
		status:  http.StatusBadRequest,
		code:    "broken_body",
		message: "The request body could not be read to its end.",
	}
}

// setReadDeadline does nothing on a connection without deadlines.
func setReadDeadline(w *response, t time.Time) {
	_ = http.NewResponseController(w.ResponseWriter).SetReadDeadline(t)
}

// withBody puts the bytes that were read in the place of r's body. It changes
// r, which must be the guard's own copy.
func withBody(r *http.Request, body []byte) *http.Request {
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.ContentLength = int64(len(body))
	r.TransferEncoding = nil
	r.Trailer = nil
	return r
}
