// Package process starts programs that serve on loopback addresses.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// Process is a program that was started. It ends with the context.
type Process struct {
	// Stdin and Stdout are nil without pipes.
	Stdin  io.Writer
	Stdout io.Reader

	command *exec.Cmd
	said    bytes.Buffer // read once it has ended
	ended   chan struct{}
}

// Start starts a program, with pipes to its stdin and stdout or without. It gets
// the environment env and a PATH, and nothing else: neither a key nor a setting of whoever runs this reaches it.
func Start(ctx context.Context, pipes bool, env []string, name string, args ...string) (*Process, error) {
	p := &Process{command: exec.CommandContext(ctx, name, args...), ended: make(chan struct{})}
	p.command.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	p.command.Stderr, p.command.WaitDelay = &p.said, time.Second
	if pipes {
		in, inErr := p.command.StdinPipe()
		out, outErr := p.command.StdoutPipe()
		if err := errors.Join(inErr, outErr); err != nil {
			return nil, err
		}
		p.Stdin, p.Stdout = in, out
	}
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(name), err)
	}
	go func() {
		_ = p.command.Wait() // how it ended is for the caller of End
		close(p.ended)
	}()
	return p, nil
}

// Serve starts a program that listens on addr, and waits until it does.
func Serve(ctx context.Context, addr string, env []string, name string, args ...string) (*Process, error) {
	p, err := Start(ctx, false, env, name, args...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	again := time.NewTicker(200 * time.Microsecond) // short beside a start-up
	defer again.Stop()
	for {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		if err == nil {
			return p, c.Close()
		}
		select {
		case <-again.C:
		case <-p.ended:
			return nil, p.Failed(err)
		case <-ctx.Done():
			return nil, p.Failed(err)
		}
	}
}

// End sends the signal, and waits until the program has ended.
func (p *Process) End(s syscall.Signal) {
	_ = p.command.Process.Signal(s) // it may have ended
	<-p.ended
}

// Failed kills the program, and adds what it wrote on stderr to err.
func (p *Process) Failed(err error) error {
	p.End(syscall.SIGKILL)
	return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(p.said.Bytes()))
}

var resident = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB$`)

// Resident is its memory in MiB; 0 once it has ended, and where there is no /proc.
func (p *Process) Resident() float64 {
	status, _ := os.ReadFile(p.proc("status"))
	found := resident.FindSubmatch(status)
	if found == nil {
		return 0
	}
	kb, _ := strconv.ParseFloat(string(found[1]), 64)
	return kb / 1024
}

// Files is how many are open; 0 where Resident is.
func (p *Process) Files() int {
	open, _ := os.ReadDir(p.proc("fd"))
	return len(open)
}

func (p *Process) proc(file string) string {
	return fmt.Sprintf("/proc/%d/%s", p.command.Process.Pid, file)
}

// FreeAddr names a loopback address that nobody listens on at this moment.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
