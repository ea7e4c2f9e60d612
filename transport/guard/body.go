package guard

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"os"
	"strings"
	"time"
)

const (
	// smallBody is more than calls are, in bytes: those are a few KB. Larger
	// bodies are read a few at a time, so that together they stay small in memory.
	smallBody = 64 << 10
	// largeAtOnce bounds the larger ones that are being read.
	largeAtOnce = 8
)

// bodyLimits bound what a request may carry, and what reading it costs.
type bodyLimits struct {
	max     int64
	timeout time.Duration
	// large has a place for each large body that is being read.
	large chan struct{}
	// reading is [Options.Reading]; nil for none.
	reading func(r *http.Request) (done func())
}

// expect gives the body its time to arrive. It holds for refused bodies too:
// net/http reads a part of them before it closes the connection.
func (b bodyLimits) expect(w *response, r *http.Request) {
	if r.ContentLength != 0 {
		_ = w.control.SetReadDeadline(time.Now().Add(b.timeout)) // does nothing on a connection without deadlines
	}
}

// check refuses a request by its header alone.
func (b bodyLimits) check(r *http.Request) *refusal {
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
	// Some clients leave out the hyphen.
	return err == nil && media == "application/json" && (!given || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "utf8"))
}

// read takes the whole body off the connection, so that nothing behind the
// guard can be made to read more, or wait. Only a POST's is returned.
func (b bodyLimits) read(w *response, r *http.Request) ([]byte, *refusal) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	if b.reading != nil {
		defer b.reading(r)()
	}
	text, err := b.readAll(r)
	if err != nil {
		return nil, b.broken(err)
	}
	if int64(len(text)) > b.max {
		return nil, b.tooLarge()
	}
	w.unread = false
	_ = w.control.SetReadDeadline(time.Time{})
	if r.Method != http.MethodPost {
		return nil, nil
	}
	return text, nil
}

// readAll returns the body, or its first bytes if it is larger than may be. A
// place among the large ones is held only by a body of which more than a small
// one has arrived, and only while the rest is read.
func (b bodyLimits) readAll(r *http.Request) ([]byte, error) {
	// MinRead more than the body, so that the read that finds its end does
	// not grow the buffer.
	buf := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), smallBody)+bytes.MinRead))
	most := min(b.max, smallBody) + 1
	n, err := buf.ReadFrom(io.LimitReader(r.Body, most))
	if err != nil || n < most || n > b.max {
		return buf.Bytes(), err
	}
	late := time.NewTimer(b.timeout)
	defer late.Stop()
	select {
	case b.large <- struct{}{}:
		defer func() { <-b.large }()
	case <-late.C:
		return nil, os.ErrDeadlineExceeded
	case <-r.Context().Done():
		return nil, io.ErrUnexpectedEOF
	}
	_, err = buf.ReadFrom(io.LimitReader(r.Body, b.max+1-n))
	return buf.Bytes(), err
}

func (b bodyLimits) tooLarge() *refusal {
	return &refusal{
		status:  http.StatusRequestEntityTooLarge,
		code:    "body_too_large",
		message: fmt.Sprintf("The request body is larger than %d bytes.", b.max),
	}
}

func (b bodyLimits) broken(err error) *refusal {
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

// whole is a body that was read.
type whole struct {
	bytes.Reader
	text []byte
}

// Close does nothing.
func (*whole) Close() error { return nil }

// Body returns the body of a request that passed a guard, without copying it.
// It must not be changed.
func Body(r *http.Request) []byte {
	if b, ok := r.Body.(*whole); ok {
		return b.text
	}
	return nil
}

// admitted is r with the bytes that were read in the place of its body, and
// without the token: handlers and what they log are not to see it, what they need
// of it is in the context. It changes r, which must be the guard's own copy.
func admitted(r *http.Request, text []byte) *http.Request {
	r.Header = maps.Clone(r.Header)
	r.Header.Del("Authorization")
	r.Body = http.NoBody
	if len(text) > 0 {
		r.Body = &whole{*bytes.NewReader(text), text}
	}
	r.ContentLength = int64(len(text))
	r.TransferEncoding = nil
	r.Trailer = nil
	return r
}
