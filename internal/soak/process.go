package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a program that was started. It dies with the context.
type process struct {
	command *exec.Cmd
	ended   chan struct{}
	said    tail
}

// spawn starts a program; see prepare.
func spawn(ctx context.Context, settings []string, name string, args ...string) (*process, error) {
	p := prepare(ctx, settings, name, args...)
	return p, p.start()
}

// prepare gives a program the environment settings and a PATH, and nothing else.
func prepare(ctx context.Context, settings []string, name string, args ...string) *process {
	p := &process{command: exec.CommandContext(ctx, name, args...), ended: make(chan struct{})}
	p.command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, settings...)
	p.command.Stdout, p.command.Stderr = &p.said, &p.said
	p.command.Cancel = func() error { return p.command.Process.Signal(syscall.SIGTERM) }
	p.command.WaitDelay = 10 * time.Second
	return p
}

func (p *process) start() error {
	if err := p.command.Start(); err != nil {
		return fmt.Errorf("start %s: %w", filepath.Base(p.command.Path), err)
	}
	go func() {
		_ = p.command.Wait() // how it ended is for who ended it
		close(p.ended)
	}()
	return nil
}

// end sends a signal and waits.
func (p *process) end(s syscall.Signal) {
	_ = p.command.Process.Signal(s) // it may have ended
	<-p.ended
}

// wait waits until the program has ended by itself, with code 0.
func (p *process) wait(most time.Duration) error {
	select {
	case <-p.ended:
	case <-time.After(most):
		return fmt.Errorf("it has not ended after %v", most)
	}
	if code := p.command.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("it ended with code %d", code)
	}
	return nil
}

// resident is the memory in bytes.
func (p *process) resident() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	if err != nil {
		return 0 // it has ended
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			n, _ := strconv.Atoi(f[1])
			return n << 10
		}
	}
	return 0
}

// busy is how long the process has had a processor, to 10 milliseconds.
func (p *process) busy() time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.command.Process.Pid))
	// pid (comm) state ppid …; utime and stime are the 14th and 15th, in ticks of
	// a hundredth of a second.
	_, after, found := strings.Cut(string(stat), ") ")
	f := strings.Fields(after)
	if err != nil || !found || len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// files is how many are open.
func (p *process) files() int {
	open, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.command.Process.Pid))
	return len(open)
}

// tail keeps the end of what a program says.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailLength = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = bytes.Clone(t.text[max(0, len(t.text)-tailLength):])
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// freePort is one that nothing listens on; it is not reserved.
func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// patience is what a busy machine may need to start something.
const patience = 30 * time.Second

// await asks until ready says yes.
func (p *process) await(ctx context.Context, what string, ready func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for again := time.NewTicker(20 * time.Millisecond); ; {
		if ready(ctx) {
			again.Stop()
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended at once:\n%s", what, &p.said)
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready:\n%s", what, &p.said)
		case <-again.C:
		}
	}
}

func answers(ctx context.Context, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func listens(ctx context.Context, addr string) bool {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err == nil {
		_ = c.Close()
	}
	return err == nil
}
