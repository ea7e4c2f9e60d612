package main

import (
	"bytes"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// web talks to a server over HTTP. Of the calls in flight, each is another
// caller's.
type web struct {
	origin  string // as in http://127.0.0.1:8080
	speak   dialect
	callers []*caller
	next    atomic.Int64
	lengths lengths
}

func newWeb(origin string, speak dialect) *web {
	w := &web{origin: origin, speak: speak, lengths: lengths{}}
	w.next.Store(firstCall)
	return w
}

// those are the first n callers, the same ones each time.
func (w *web) those(n int) []*caller {
	for i := len(w.callers); i < n; i++ {
		w.callers = append(w.callers, newCaller(callerKey(i)))
	}
	return w.callers[:n]
}

func (w *web) first() *caller { return w.those(1)[0] }

func (w *web) close() {
	for _, c := range w.callers {
		c.client.CloseIdleConnections()
	}
}

func (w *web) tell(message []byte) error {
	_, err := w.ask(message)
	return err
}

func (w *web) ask(message []byte) ([]byte, error) { return w.first().do(w.post(message)) }

func (w *web) call(k *class) ([]byte, error) {
	answer, err := w.callAs(w.first(), k)
	w.lengths[k.name] = len(answer)
	return answer, err
}

// callAs makes one call for that caller.
func (w *web) callAs(c *caller, k *class) ([]byte, error) { return c.do(w.request(k)) }

// calls is how many were made.
func (w *web) calls() int { return int(w.next.Load()) - firstCall }

// get returns what is at path, which is rooted.
func (w *web) get(path string) ([]byte, error) {
	return w.first().do(http.NewRequest(http.MethodGet, w.origin+path, nil))
}

// request is for a call, in the dialect.
func (w *web) request(k *class) (*http.Request, error) {
	message := w.speak.call(make([]byte, 0, 256), int(w.next.Add(1)), k)
	if w.speak == (raw{}) {
		return http.NewRequest(http.MethodGet, w.origin+string(message), nil)
	}
	return w.post(message)
}

func (w *web) post(message []byte) (*http.Request, error) {
	return http.NewRequest(http.MethodPost, w.origin+"/mcp", bytes.NewReader(message))
}

func (w *web) run(k *class, inFlight int, l load) (sample, error) {
	callers := w.those(inFlight)
	begin := time.Now()
	var begun atomic.Int64
	took := make([]time.Duration, l.calls)
	var all errgroup.Group
	for _, c := range callers {
		all.Go(func() error {
			for time.Since(begin) <= l.most {
				i := int(begun.Add(1)) - 1
				if i >= l.calls {
					return nil
				}
				start := time.Now()
				if err := w.once(c, k); err != nil {
					return err
				}
				took[i] = time.Since(start)
			}
			return nil
		})
	}
	err := all.Wait()
	return sample{took[:min(int(begun.Load()), l.calls)], time.Since(begin)}, err
}

// once makes a call and counts the answer's bytes only.
func (w *web) once(c *caller, k *class) error {
	req, err := w.request(k)
	if err != nil {
		return err
	}
	return c.send(req, func(body io.Reader) error {
		n, err := io.Copy(io.Discard, body)
		if err != nil {
			return err
		}
		return w.lengths.check(k, int(n))
	})
}
