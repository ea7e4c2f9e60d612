package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// web talks to a server over HTTP: it posts to url in a dialect, or, without a
// dialect, gets the path of each class below url.
type web struct {
	client *http.Client
	url    string
	speak  dialect
	header http.Header
	next   atomic.Int64
}

func newWeb(url string, speak dialect) *web {
	pool := http.DefaultTransport.(*http.Transport).Clone()
	pool.Proxy = nil
	pool.MaxIdleConnsPerHost = 100
	w := &web{client: &http.Client{Transport: pool}, url: url, speak: speak, header: http.Header{
		"Content-Type":         {"application/json"},
		"Accept":               {"application/json, text/event-stream"},
		"Mcp-Protocol-Version": {revision},
	}}
	w.next.Store(firstCall)
	return w
}

func (w *web) tell(message []byte) error {
	_, err := w.ask(message)
	return err
}

func (w *web) ask(message []byte) ([]byte, error) {
	return w.do(http.NewRequest(http.MethodPost, w.url, bytes.NewReader(message)))
}

func (w *web) call(k *class) ([]byte, error) {
	return w.do(w.request(k))
}

func (w *web) request(k *class) (*http.Request, error) {
	if w.speak == nil {
		return http.NewRequest(http.MethodGet, w.url+k.path, nil)
	}
	message := w.speak.call(make([]byte, 0, 256), int(w.next.Add(1)), k)
	return http.NewRequest(http.MethodPost, w.url, bytes.NewReader(message))
}

// send makes the call and hands the body to read.
func (w *web) send(req *http.Request, read func(io.Reader) error) error {
	if req.Method == http.MethodPost {
		req.Header = w.header
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusAccepted {
		return errors.New("status " + resp.Status)
	}
	return read(resp.Body)
}

func (w *web) do(req *http.Request, err error) (answer []byte, _ error) {
	if err != nil {
		return nil, err
	}
	err = w.send(req, func(body io.Reader) (err error) {
		answer, err = io.ReadAll(body)
		return err
	})
	return bytes.TrimSpace(answer), err
}

func (w *web) run(k *class, inFlight int, l load) (sample, error) {
	begin := time.Now()
	var begun atomic.Int64
	took := make([]time.Duration, l.calls)
	var callers errgroup.Group
	for range inFlight {
		callers.Go(func() error {
			for time.Since(begin) <= l.most {
				i := int(begun.Add(1)) - 1
				if i >= l.calls {
					return nil
				}
				start := time.Now()
				if err := w.once(k); err != nil {
					return err
				}
				took[i] = time.Since(start)
			}
			return nil
		})
	}
	err := callers.Wait()
	return sample{took[:min(int(begun.Load()), l.calls)], time.Since(begin)}, err
}

// once makes a call and counts the answer's bytes only.
func (w *web) once(k *class) error {
	req, err := w.request(k)
	if err != nil {
		return err
	}
	return w.send(req, func(body io.Reader) error {
		n, err := io.Copy(io.Discard, body)
		if err == nil && n < int64(k.least()) {
			err = fmt.Errorf("short answer: %d bytes", n)
		}
		return err
	})
}
