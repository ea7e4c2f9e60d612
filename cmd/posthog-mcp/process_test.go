package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// A process is a posthog-mcp that serves.
type process struct {
	command  *exec.Cmd
	out, err *output
	url      string // http://127.0.0.1:PORT
	ended    chan error
}

// patience is what a loaded machine may need; a healthy run never waits so long.
const patience = 30 * time.Second

// start runs posthog-mcp until it says where it listens.
func start(settings []string, args ...string) (*process, error) {
	heard := make(chan string, 2)
	p := &process{out: &output{heard: heard}, err: &output{heard: heard}, ended: make(chan error, 1)}
	p.command = exec.CommandContext(context.Background(), "posthog-mcp", args...)
	p.command.Env = append(cleanEnvironment(), settings...)
	p.command.Stdout, p.command.Stderr = p.out, p.err
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- p.command.Wait() }()
	select {
	case p.url = <-heard:
		return p, nil
	case err := <-p.ended:
		p.ended <- err
		return nil, fmt.Errorf("posthog-mcp %v ended before it listened: %w\n%s", args, err, p.err)
	case <-time.After(patience):
		p.kill()
		return nil, fmt.Errorf("posthog-mcp %v does not listen\n%s", args, p.err)
	}
}

// stop sends TERM, INT or HUP, and fails unless the process exits with 0.
func (p *process) stop(signal string) error {
	if err := p.signal(signal); err != nil {
		return err
	}
	return p.wait()
}

func (p *process) signal(name string) error {
	return p.command.Process.Signal(map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt, "HUP": syscall.SIGHUP}[name])
}

// wait waits for the end, and fails unless it is with 0.
func (p *process) wait() error {
	select {
	case err := <-p.ended:
		p.ended <- err
		return err
	case <-time.After(patience):
		return errors.New("does not end after a signal")
	}
}

// kill ends what stop did not.
func (p *process) kill() {
	_ = p.command.Process.Kill()
	err := <-p.ended
	p.ended <- err
}

// output keeps what a process prints, and tells where it listens.
type output struct {
	heard chan<- string

	mu   sync.Mutex
	text bytes.Buffer
	told bool
}

var listening = regexp.MustCompile(`http://127\.0\.0\.1:\d+\b`)

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text.Write(p)
	if url := listening.Find(o.text.Bytes()); url != nil && !o.told {
		o.told = true
		o.heard <- string(url)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
