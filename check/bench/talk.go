package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tidwall/gjson"
)

// class is a call whose answer has a typical size.
type class struct {
	name, tool, args, path string
	objects                int
	last                   string // where the id of the last object is, for gjson
}

var classes = []class{
	{"object", "subscriptions-retrieve", `{"id":1}`, subscriptions + "1/", 1, "id"},
	{"list20", "subscriptions-list", `{"limit":20}`, subscriptions + "?limit=20", 20, "results.19.id"},
}

// conn is a way to talk to a server.
type conn interface {
	// hello does what comes before the first call, and returns the list of tools.
	hello() ([]byte, error)
	// try makes a call, and sees that its answer holds the upstream's objects.
	try(class) error
	// run makes many calls of a class that was tried, so many of them in flight,
	// until there were as many or the time is over.
	run(k class, inFlight, calls int, most time.Duration) (turn, error)
}

// turn is how long each call took, and all of them together.
type turn struct {
	took []time.Duration
	all  time.Duration
}

// talk is what both transports share: the words, and what a right answer is.
type talk struct {
	plain   bool // the words are floor's, not MCP's
	next    atomic.Int64
	lengths map[string]int // of answers that were tried, by class
	ask     func(message []byte, answered bool) ([]byte, error)
}

const revision = "2025-11-25"

func (t *talk) hello() ([]byte, error) {
	if t.plain {
		_, err := t.ask(t.message(0, classes[0]), true)
		return nil, err
	}
	_, err := t.ask([]byte(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"`+revision+`","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}`), true)
	if err != nil {
		return nil, fmt.Errorf("initialize: %w", err)
	}
	if _, err := t.ask([]byte(`{"jsonrpc":"2.0","method":"notifications/initialized"}`), false); err != nil {
		return nil, err
	}
	list, err := t.ask([]byte(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`), true)
	if err == nil && !bytes.Contains(list, []byte(`"subscriptions-list"`)) {
		err = fmt.Errorf("tools/list: %.200s", list)
	}
	return list, err
}

func (t *talk) message(id int, k class) []byte {
	if t.plain {
		return fmt.Appendf(nil, "%d %s", id, k.path)
	}
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, id, k.tool, k.args)
}

func (t *talk) try(k class) error {
	answer, err := t.ask(t.message(int(t.next.Add(1)), k), true)
	if err != nil {
		return err
	}
	body := string(answer[bytes.IndexByte(answer, ' ')+1:])
	if !t.plain {
		body = gjson.GetBytes(answer, "result.content.0.text").String()
	}
	// The upstream's objects are numbered from 1.
	if last := gjson.Get(body, k.last).Int(); last != int64(k.objects) {
		return fmt.Errorf("%s: the last object is %d, want %d: %.300s", k.name, last, k.objects, answer)
	}
	t.lengths[k.name] = len(answer)
	return nil
}

// digits are how many an id grows by in a run, at most.
const digits = 9

// long says whether an answer is as long as the one that was tried: while calls
// are timed, that tells it from a refusal and from one that was cut off.
func (t *talk) long(k class, n int) error {
	if want := t.lengths[k.name]; n < want-digits || n > want+digits {
		return fmt.Errorf("an answer of %d bytes, after a right one of %d", n, want)
	}
	return nil
}

// pipe talks over stdin and stdout. One goroutine writes and reads: each answer
// lets the next call go, and what is in flight is less than a pipe holds.
type pipe struct {
	talk
	in  io.Writer
	out *bufio.Reader
}

func newPipe(in io.Writer, out io.Reader, plain bool) *pipe {
	p := &pipe{talk{plain: plain, lengths: map[string]int{}}, in, bufio.NewReaderSize(out, 1<<20)}
	p.next.Store(10)
	p.ask = func(message []byte, answered bool) ([]byte, error) {
		if _, err := p.in.Write(append(message, '\n')); err != nil || !answered {
			return nil, err
		}
		line, err := p.out.ReadSlice('\n')
		return bytes.Clone(bytes.TrimSuffix(line, []byte("\n"))), err
	}
	return p
}

// idOf is the id of an answer: at its front for floor, near it in MCP.
func idOf(line []byte) (int, error) {
	front := line[:min(len(line), 64)]
	if front[0] == '{' {
		_, front, _ = bytes.Cut(front, []byte(`"id":`))
	}
	return strconv.Atoi(string(front[:len(front)-len(bytes.TrimLeft(front, "0123456789"))]))
}

func (p *pipe) run(k class, inFlight, calls int, most time.Duration) (turn, error) {
	begin, first := time.Now(), int(p.next.Load())+1
	var begun []time.Time
	send := func() error {
		begun = append(begun, time.Now())
		_, err := p.in.Write(append(p.message(int(p.next.Add(1)), k), '\n'))
		return err
	}
	for range min(inFlight, calls) {
		if err := send(); err != nil {
			return turn{}, err
		}
	}
	var took []time.Duration
	for len(took) < len(begun) {
		line, err := p.out.ReadSlice('\n')
		if err != nil {
			return turn{}, err
		}
		now := time.Now()
		id, err := idOf(line)
		if err != nil || id < first || id-first >= len(begun) || begun[id-first].IsZero() {
			return turn{}, fmt.Errorf("an answer that was not asked for: %.100s", line)
		}
		if err := p.long(k, len(line)-1); err != nil {
			return turn{}, err
		}
		took = append(took, now.Sub(begun[id-first]))
		begun[id-first] = time.Time{}
		if len(begun) < calls && now.Sub(begin) < most {
			if err := send(); err != nil {
				return turn{}, err
			}
		}
	}
	return turn{took, time.Since(begin)}, nil
}

// web talks over HTTP, with a connection for each call in flight.
type web struct {
	talk
	url    string
	client *http.Client
}

func newWeb(addr string, plain bool) *web {
	w := &web{talk{plain: plain, lengths: map[string]int{}}, "http://" + addr + "/mcp",
		&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: busy, DisableCompression: true}}}
	w.next.Store(10)
	w.ask = func(message []byte, _ bool) ([]byte, error) { return w.post(message) }
	return w
}

func (w *web) post(message []byte) ([]byte, error) {
	r, err := http.NewRequest(http.MethodPost, w.url, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	r.Header = http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json, text/event-stream"}, "Mcp-Protocol-Version": {revision},
	}
	resp, err := w.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusAccepted {
		return nil, errors.New(resp.Status)
	}
	return io.ReadAll(resp.Body)
}

func (w *web) run(k class, inFlight, calls int, most time.Duration) (turn, error) {
	begin := time.Now()
	var begun atomic.Int64
	var workers sync.WaitGroup
	took, failed := make([][]time.Duration, inFlight), make([]error, inFlight)
	for i := range inFlight {
		workers.Go(func() {
			for begun.Add(1) <= int64(calls) && time.Since(begin) < most && failed[i] == nil {
				start := time.Now()
				answer, err := w.post(w.message(int(w.next.Add(1)), k))
				took[i] = append(took[i], time.Since(start))
				failed[i] = errors.Join(err, w.long(k, len(answer)))
			}
		})
	}
	workers.Wait()
	return turn{slices.Concat(took...), time.Since(begin)}, errors.Join(failed...)
}
