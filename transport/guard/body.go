package guard

import (
	"bytes"
	"context"
	"errors"
	"fmt"
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
	smallBody   = 16 << 10 // larger than calls, which have a few KB; every connection may hold one
	largeAtOnce = 8        // larger bodies are read at once, to bound their memory
)

// isPlainJSON also refuses web pages: they can post text/plain without a preflight, but
// not application/json.
func isPlainJSON(h http.Header) bool {
	encoded := slices.ContainsFunc(h["Content-Encoding"], func(coding string) bool { return !strings.EqualFold(coding, "identity") })
	if encoded || len(h["Content-Type"]) != 1 {
		return false
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, given := params["charset"]
	// Some clients leave out the hyphen.
	return err == nil && media == "application/json" && (!given || slices.Contains([]string{"utf-8", "utf8"}, strings.ToLower(charset)))
}

// readBody reads the whole body, so that no handler waits for it. It returns only the
// body of a POST. What can be refused by its header, or is on an open path, is not read.
func (g *gate) readBody(w *response, r *http.Request, open bool) ([]byte, *Refusal) {
	tooLarge := Refuse(http.StatusRequestEntityTooLarge, "body_too_large", fmt.Sprintf("The request body is larger than %d bytes.", g.MaxBody))
	switch {
	case r.Method == http.MethodPost && !isPlainJSON(r.Header):
		return nil, Refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send JSON in UTF-8, uncompressed, with Content-Type: application/json.")
	case r.ContentLength > g.MaxBody:
		return nil, tooLarge
	case r.ContentLength == 0 || open:
		return nil, nil
	}
	text, err := g.readAll(r.Context(), http.MaxBytesReader(w.ResponseWriter, r.Body, g.MaxBody))
	_, over := errors.AsType[*http.MaxBytesError](err)
	switch {
	case over:
		return nil, tooLarge
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, Refuse(http.StatusRequestTimeout, "body_timeout", fmt.Sprintf("The request body did not arrive within %s.", g.BodyTimeout))
	case err != nil:
		return nil, Refuse(http.StatusBadRequest, "broken_body", "The request body could not be read to its end.")
	}
	w.unread = false
	_ = w.control.SetReadDeadline(time.Time{})
	if r.Method != http.MethodPost {
		return nil, nil
	}
	return text, nil
}

// readAll reads a body. It counts as large once more than smallBody has arrived, and
// only while the rest is read.
func (g *gate) readAll(ctx context.Context, from io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, smallBody+1))
	if err != nil || len(text) <= smallBody {
		return text, err
	}
	begin := time.Now()
	if err := g.large.Acquire(ctx, 1); err != nil {
		return nil, err // the client left
	}
	defer g.large.Release(1)
	// The bodies ahead began earlier, so their time is over by now, too.
	if time.Since(begin) >= g.BodyTimeout {
		return nil, os.ErrDeadlineExceeded
	}
	rest, err := io.ReadAll(from)
	return append(text, rest...), err
}

// body is a request body that was read.
type body struct{ *bytes.Buffer }

func (body) Close() error { return nil }

// Body returns the body of a request that passed a guard, without copying it.
// It must not be changed.
func Body(r *http.Request) []byte {
	if b, ok := r.Body.(body); ok {
		return b.Bytes()
	}
	return nil
}

// withBody gives r the text as its body, and removes the token, which handlers and
// their logs must not see. r must be the guard's own copy.
func withBody(r *http.Request, text []byte) *http.Request {
	r.Header = maps.Clone(r.Header)
	r.Header.Del("Authorization")
	r.Body = body{bytes.NewBuffer(text)}
	r.ContentLength = int64(len(text))
	r.TransferEncoding, r.Trailer = nil, nil
	return r
}
