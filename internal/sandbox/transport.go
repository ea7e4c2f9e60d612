package sandbox

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
)

// RoundTripper is the double without a network: a client with it talks to the
// sandbox in process, whatever host its URLs name. It honours the request's
// context and may be used by many goroutines.
func (s *Sandbox) RoundTripper() http.RoundTripper { return roundTripper{s} }

type roundTripper struct{ s *Sandbox }

// RoundTrip serves the request in the caller's goroutine.
func (t roundTripper) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if r.Body != nil {
		defer r.Body.Close()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	rec := &recorder{header: http.Header{}}
	if err := t.serve(rec, r); err != nil {
		return nil, err
	}
	return rec.response(r), nil
}

func (t roundTripper) serve(rec *recorder, r *http.Request) (err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			err = r.Context().Err()
			if err == nil {
				err = &net.OpError{Op: "read", Net: "sandbox", Err: syscall.ECONNRESET}
			}
		default:
			panic(p)
		}
	}()
	t.s.ServeHTTP(rec, r)
	return nil
}

// recorder keeps an answer in memory.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

func (w *recorder) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		StatusCode: w.status,
		Proto:      "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        w.header,
		Body:          io.NopCloser(bytes.NewReader(w.body.Bytes())),
		ContentLength: int64(w.body.Len()),
		Request:       r,
	}
}
