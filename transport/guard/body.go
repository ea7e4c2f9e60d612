package guard

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	// smallBody, in bytes, is larger than calls, which have a few KB.
	smallBody = 64 << 10
	// largeAtOnce bounds the larger bodies that are read at once, and their memory.
	largeAtOnce = 8
)

// checkBody refuses a request by its header alone.
func (g *gate) checkBody(r *http.Request) *refusal {
	if r.Method == http.MethodPost && !isPlainJSON(r.Header) {
		return refuse(http.StatusUnsupportedMediaType, "unsupported_media_type",
			"Send JSON in UTF-8, uncompressed, with Content-Type: application/json.")
	}
	if r.ContentLength > g.MaxBody {
		return g.tooLarge()
	}
	return nil
}

func (g *gate) tooLarge() *refusal {
	return refuse(http.StatusRequestEntityTooLarge, "body_too_large", "The request body is larger than %d bytes.", g.MaxBody)
}

// isPlainJSON also refuses web pages: they can post text/plain without a preflight, but
// not application/json.
func isPlainJSON(h http.Header) bool {
	if slices.ContainsFunc(h["Content-Encoding"], func(coding string) bool { return !strings.EqualFold(coding, "identity") }) {
		return false
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

// readBody reads the whole body, so that no handler waits for it. It returns only the
// body of a POST.
func (g *gate) readBody(w *response, r *http.Request) ([]byte, *refusal) {
	if r.ContentLength == 0 {
		return nil, nil
	}
	if g.Reading != nil {
		defer g.Reading(r)()
	}
	text, err := g.readAll(r)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, refuse(http.StatusRequestTimeout, "body_timeout", "The request body did not arrive within %s.", g.BodyTimeout)
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "broken_body", "The request body could not be read to its end.")
	case int64(len(text)) > g.MaxBody:
		return nil, g.tooLarge()
	}
	w.unread = false
	_ = w.control.SetReadDeadline(time.Time{})
	if r.Method != http.MethodPost {
		return nil, nil
	}
	return text, nil
}

// readAll returns the body, or more than MaxBody of its bytes if it is larger. A body
// counts as large once more than smallBody has arrived, and only while the rest is read.
func (g *gate) readAll(r *http.Request) ([]byte, error) {
	// With MinRead bytes of room, ReadFrom sees the end without growing.
	buf := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), smallBody)+bytes.MinRead))
	most := min(g.MaxBody, smallBody) + 1
	n, err := buf.ReadFrom(io.LimitReader(r.Body, most))
	if err != nil || n < most || n > g.MaxBody {
		return buf.Bytes(), err
	}
	ctx, stop := context.WithTimeout(r.Context(), g.BodyTimeout)
	defer stop()
	if g.large.Acquire(ctx, 1) != nil {
		return nil, os.ErrDeadlineExceeded // or the client left, and reads no answer
	}
	defer g.large.Release(1)
	_, err = buf.ReadFrom(io.LimitReader(r.Body, g.MaxBody+1-n))
	return buf.Bytes(), err
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

// admitted gives r the text as its body, and removes the token, which handlers and
// their logs must not see. r must be the guard's own copy.
func admitted(r *http.Request, text []byte) *http.Request {
	r.Header = maps.Clone(r.Header)
	r.Header.Del("Authorization")
	r.Body = &whole{*bytes.NewReader(text), text}
	r.ContentLength = int64(len(text))
	r.TransferEncoding = nil
	r.Trailer = nil
	return r
}
