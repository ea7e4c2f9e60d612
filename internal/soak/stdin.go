package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// underNoise has a client of the older kind, a pair of pipes, that writes nonsense
// between its requests. What is asked is answered, whatever is around it.
func underNoise(ctx context.Context, o options) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p := prepare(ctx, nil, o.product, "stdio", "--sandbox", "--log-level", "error")
	heard := newEar()
	p.command.Stdout = heard
	in, err := p.command.StdinPipe()
	if err != nil {
		return err
	}
	if err := p.start(); err != nil {
		return err
	}
	fmt.Printf("stdio, with noise on stdin for %v\n", o.noise)
	watching, stop := context.WithCancel(ctx)
	peak := make(chan int)
	go func() { peak <- watch(watching, p) }()
	spoken, err := speak(o.noise, in, heard)
	err = errors.Join(err, in.Close(), p.wait(patience))
	stop()
	most := <-peak
	fmt.Printf("  requests   %d, each answered once\n  noise      %d lines, %d MB: %d answers\n  memory     at most %d MB\n",
		spoken.requests, spoken.lines, spoken.bytes>>20, heard.others, most>>20)
	if err != nil {
		return fmt.Errorf("stdin: %w\n%s", err, &p.said)
	}
	if most > mostMemory {
		err = fmt.Errorf("stdin: the process took %d MB", most>>20)
	}
	return errors.Join(err, heard.verdict(spoken.lines))
}

// spoken is how much was written.
type spoken struct{ requests, lines, bytes int }

// speak writes requests and noise for time d. Each is a line at least.
func speak(d time.Duration, in io.Writer, heard *ear) (s spoken, err error) {
	for end := time.Now().Add(d); err == nil && time.Now().Before(end); {
		if rand.IntN(2) == 0 {
			_, err = io.WriteString(in, heard.expect(questions[rand.IntN(len(questions))]))
			s.requests++
			continue
		}
		text, lines := makeNoise()
		_, err = in.Write(text)
		s.lines, s.bytes = s.lines+lines, s.bytes+len(text)
	}
	return s, err
}
