package main

import (
	"bufio"
	"io"
	"strings"
	"testing"
	"time"
)

// talk runs four calls, all in flight, against a server that reads them, writes
// what reply makes of their ids, and hangs up.
func talk(t *testing.T, reply func(ids []string) string) (sample, error) {
	t.Helper()
	requests, in := io.Pipe()
	out, answers := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer answers.Close()
		var ids []string
		for lines := bufio.NewScanner(requests); len(ids) < 4 && lines.Scan(); {
			id, _, _ := strings.Cut(lines.Text(), " ")
			ids = append(ids, id)
		}
		io.WriteString(answers, reply(ids))
	}()
	t.Cleanup(func() { in.Close(); out.Close(); <-done })
	p := newPipe(in, out, plain{})
	p.lengths["k"] = len("10 payload payload payload")
	return p.run(&class{name: "k", path: "/"}, 4, load{4, time.Minute})
}

func TestPipeMatchesAnswers(t *testing.T) {
	for _, c := range []struct {
		name  string
		reply func(batch []string) string
		want  string
	}{
		{"in order", func(b []string) string {
			return b[0] + " payload payload payload\n" + b[1] + " payload payload payload\n" + b[2] + " payload payload payload\n" + b[3] + " payload payload payload\n"
		}, ""},
		{"reversed", func(b []string) string {
			return b[3] + " payload payload payload\n" + b[2] + " payload payload payload\n" + b[1] + " payload payload payload\n" + b[0] + " payload payload payload\n"
		}, ""},
		{"a notification between", func(b []string) string {
			return b[0] + " payload payload payload\nnotice\n" + b[1] + " payload payload payload\n" + b[2] + " payload payload payload\n" + b[3] + " payload payload payload\n"
		}, ""},
		{"answered twice", func(b []string) string {
			return b[0] + " payload payload payload\n" + b[0] + " payload payload payload\n"
		}, "not asked or is answered"},
		{"never asked", func([]string) string { return "99999 payload payload payload\n" }, "not asked or is answered"},
		{"before the first", func([]string) string { return "1 payload payload payload\n" }, "not asked or is answered"},
		{"not all", func(b []string) string { return b[0] + " payload payload payload\n" }, "EOF"},
		{"short", func(b []string) string { return b[0] + "\n" }, "an answer of 2 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := talk(t, c.reply)
			if c.want == "" {
				if err != nil || len(s.took) != 4 {
					t.Errorf("%d answers, %v", len(s.took), err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
