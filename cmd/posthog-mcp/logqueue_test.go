package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func notice(dropped int) []byte { return fmt.Appendf(nil, "dropped %d\n", dropped) }

// pipe is a writer that blocks until its reader reads.
type pipe struct {
	reads chan error // what each write returns
	text  bytes.Buffer
}

func (p *pipe) Write(text []byte) (int, error) {
	if err := <-p.reads; err != nil {
		return 0, err
	}
	return p.text.Write(text)
}

// Lines are written whole and in order; dropped ones are counted.
func TestLogThatNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{reads: make(chan error)}
		q := newLogQueue(p, notice)
		fmt.Fprintln(q, "first")
		synctest.Wait() // the goroutine waits for the reader
		for range mostQueued + 3 {
			fmt.Fprintln(q, "more")
		}
		for range 1 + mostQueued {
			p.reads <- nil
		}
		synctest.Wait()
		fmt.Fprintln(q, "last")
		p.reads <- nil
		q.close()
		want := "first\n" + strings.Repeat("more\n", mostQueued) + "dropped 3\nlast\n"
		if diff := cmp.Diff(want, p.text.String()); diff != "" {
			t.Error(diff)
		}
	})
}

// The lines of a failed write are reported when a later write succeeds.
func TestBrokenLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{reads: make(chan error)}
		q := newLogQueue(p, notice)
		for _, err := range []error{errors.New("full"), errors.New("full"), nil} {
			fmt.Fprintln(q, "line")
			p.reads <- err
			synctest.Wait()
		}
		q.close()
		if got := p.text.String(); got != "line\ndropped 2\n" {
			t.Errorf("%q", got)
		}
	})
}

// Close waits for a reader, for a second.
func TestCloseLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipe{reads: make(chan error)}
		q := newLogQueue(p, notice)
		fmt.Fprintln(q, "line")
		begin := time.Now()
		q.close()
		if took := time.Since(begin); took != closeTimeout {
			t.Errorf("took %v", took)
		}
		fmt.Fprintln(q, "late")
		p.reads <- nil
		p.reads <- nil
		<-q.drained
		if got := p.text.String(); got != "line\ndropped 1\n" {
			t.Errorf("%q", got)
		}
	})
}
