package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"time"
)

// pipe talks to a server over its stdin and stdout. One goroutine writes and
// reads: each answer lets the next call go, and what is in flight is far below
// what a pipe holds, so that a write does not block.
type pipe struct {
	in      io.Writer
	out     *bufio.Reader
	speak   dialect
	next    int
	buffer  []byte
	lengths lengths
}

// longestLine is more than the longest answer measured, twice over.
const longestLine = 1 << 20

func newPipe(in io.Writer, out io.Reader, speak dialect) *pipe {
	return &pipe{in: in, out: bufio.NewReaderSize(out, longestLine), speak: speak, next: firstCall, lengths: lengths{}}
}

func (p *pipe) tell(message []byte) error {
	_, err := p.in.Write(append(message, '\n'))
	return err
}

func (p *pipe) ask(message []byte) ([]byte, error) {
	if err := p.tell(message); err != nil {
		return nil, err
	}
	_, answer, err := p.read()
	return bytes.Clone(answer), err
}

func (p *pipe) call(k *class) ([]byte, error) {
	p.next++
	answer, err := p.ask(p.speak.call(nil, p.next-1, k))
	p.lengths[k.name] = len(answer)
	return answer, err
}

// read returns the next line that answers a call; it is good until the next read.
func (p *pipe) read() (int, []byte, error) {
	for {
		line, err := p.out.ReadSlice('\n')
		if err != nil {
			return 0, nil, fmt.Errorf("read an answer: %w", err)
		}
		line = bytes.TrimSuffix(line, []byte("\n"))
		if id, ok := p.speak.id(line); ok {
			return id, line, nil
		}
	}
}

func (p *pipe) run(k *class, inFlight int, l load) (sample, error) {
	begin, first := time.Now(), p.next
	begun := make([]time.Time, 0, l.calls)
	send := func() error {
		p.buffer = append(p.speak.call(p.buffer[:0], p.next, k), '\n')
		p.next++
		begun = append(begun, time.Now())
		_, err := p.in.Write(p.buffer)
		return err
	}
	for range min(inFlight, l.calls) {
		if err := send(); err != nil {
			return sample{}, err
		}
	}
	took := make([]time.Duration, 0, l.calls)
	for len(took) < len(begun) {
		id, answer, err := p.read()
		if err != nil {
			return sample{}, err
		}
		call, now := id-first, time.Now()
		if call < 0 || call >= len(begun) || begun[call].IsZero() {
			return sample{}, fmt.Errorf("answer to %d, which was not asked or is answered", id)
		}
		if err := p.lengths.check(k, len(answer)); err != nil {
			return sample{}, err
		}
		took = append(took, now.Sub(begun[call]))
		begun[call] = time.Time{}
		if len(begun) == l.calls || now.Sub(begin) > l.most {
			continue
		}
		if err := send(); err != nil {
			return sample{}, err
		}
	}
	return sample{took, time.Since(begin)}, nil
}
