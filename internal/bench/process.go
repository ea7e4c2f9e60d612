package main

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
	"strconv"
	"time"
)

// process is a server that was started; it dies with the context, by stop, and
// on Linux with this program, however that ends.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout io.Reader
	stderr bytes.Buffer // read only after Wait
}

// startProcess gives the server the environment env and nothing else: no key,
// proxy or GC setting of the person who runs the benchmark.
func startProcess(ctx context.Context, binary string, args, env []string) (*process, error) {
	p := &process{cmd: exec.CommandContext(ctx, binary, args...)}
	p.cmd.Env = env
	p.cmd.Stderr = &p.stderr
	p.cmd.WaitDelay = time.Second
	dieTogether(p.cmd)
	var err error
	if p.stdin, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", filepath.Base(binary), err)
	}
	return p, nil
}

// connect talks over addr, or over the pipes when that is empty.
func (p *process) connect(ctx context.Context, addr string, speak dialect) (conn, error) {
	if addr == "" {
		return newPipe(p.stdin, p.stdout, speak), nil
	}
	if err := awaitListener(ctx, addr); err != nil {
		return nil, err
	}
	return newWeb("http://"+addr, speak), nil
}

func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // reports the kill
}

// failed stops the process and adds the end of what it said to err.
func (p *process) failed(err error) error {
	p.stop()
	said := p.stderr.Bytes()
	return fmt.Errorf("%w\n%s", err, bytes.TrimSpace(said[max(0, len(said)-2000):]))
}

// memory is the resident memory of a process and its peak, in bytes; zero where
// there is no /proc.
type memory struct{ resident, peak int }

func (p *process) memory() (memory, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		return memory{}, nil
	}
	if err != nil {
		return memory{}, err
	}
	return parseMemory(status)
}

func parseMemory(status []byte) (memory, error) {
	sizes := map[string]int{}
	for line := range bytes.Lines(status) {
		// VmRSS:	    9876 kB
		if f := bytes.Fields(line); len(f) == 3 && string(f[2]) == "kB" {
			n, err := strconv.Atoi(string(f[1]))
			if err != nil {
				return memory{}, fmt.Errorf("memory of a process: %w", err)
			}
			sizes[string(f[0])] = n << 10
		}
	}
	m := memory{sizes["VmRSS:"], sizes["VmHWM:"]}
	if m.resident == 0 || m.peak == 0 {
		return memory{}, errors.New("memory of a process: no VmRSS or VmHWM")
	}
	return m, nil
}

// awaitListener returns as soon as addr takes connections.
func awaitListener(ctx context.Context, addr string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	again := time.NewTicker(200 * time.Microsecond) // short beside the start-up that is measured
	defer again.Stop()
	for {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", addr)
		if err == nil {
			return c.Close()
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("no server on %s: %w", addr, err)
		}
	}
}
