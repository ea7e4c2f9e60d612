package docs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// timeout is enough for a loaded machine; a normal run never waits so long.
const timeout = 30 * time.Second

// shell runs the commands of one page, in a home of its own.
type shell struct {
	ctx  context.Context
	home string
	// said is the output of the last command.
	said string
	// servers are the servers of the block. address maps a page's address to the
	// real one.
	servers []server
	address map[string]string
}

// server is a command that keeps running.
type server struct {
	*exec.Cmd
	ended chan error
}

func newShell(t *testing.T) *shell {
	s := &shell{ctx: t.Context(), home: t.TempDir()}
	t.Cleanup(s.stop)
	return s
}

// run runs one command and returns its output, with the page's addresses.
func (s *shell) run(line string) (said string, code int, err error) {
	if server, ok := strings.CutSuffix(line, " &"); ok {
		return "", 0, s.serve(server)
	}
	for page, real := range s.address {
		line = strings.ReplaceAll(line, page, real)
	}
	ctx, cancel := context.WithTimeout(s.ctx, timeout)
	defer cancel()
	out, err := s.command(ctx, line).CombinedOutput()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		code, err = failed.ExitCode(), nil
	}
	said = string(out)
	for page, real := range s.address {
		said = strings.ReplaceAll(said, real, page)
	}
	return said, code, err
}

func (s *shell) command(ctx context.Context, line string) *exec.Cmd {
	command := exec.CommandContext(ctx, "sh", "-c", line)
	command.Dir = s.home
	command.Env = append(os.Environ(), "HOME="+s.home, "XDG_CONFIG_HOME="+s.home, "NO_PROXY=*")
	return command
}

// defaultAddress is the program's default address.
const defaultAddress = "127.0.0.1:8080"

var given = regexp.MustCompile(`--addr[ =](\S+)`)

// serve starts a server at a free address, and waits until the server prints it.
func (s *shell) serve(line string) error {
	named := defaultAddress
	if address := given.FindStringSubmatch(line); address != nil {
		named = address[1]
		line = strings.Replace(line, named, "127.0.0.1:0", 1)
	} else {
		line += " --addr 127.0.0.1:0"
	}
	heard := &listening{heard: make(chan string, 1)}
	command := s.command(s.ctx, "exec "+line)
	command.Stdout, command.Stderr = heard, heard
	if err := command.Start(); err != nil {
		return err
	}
	started := server{command, make(chan error, 1)}
	go func() { started.ended <- command.Wait() }()
	s.servers = append(s.servers, started)
	select {
	case address := <-heard.heard:
		s.address = map[string]string{named: address}
		return nil
	case err := <-started.ended:
		started.ended <- err
		return fmt.Errorf("%s ends before it listens: %w\n%s", line, err, heard)
	case <-time.After(timeout):
		return fmt.Errorf("%s does not listen:\n%s", line, heard)
	}
}

// stop ends the servers of a block.
func (s *shell) stop() {
	for _, server := range s.servers {
		_ = server.Process.Kill() // it may have ended
		<-server.ended
	}
	s.servers, s.address = nil, nil
}

// listening collects a server's output until it says where it listens.
type listening struct {
	heard chan string

	mu   sync.Mutex
	text bytes.Buffer
	told bool
}

var listens = regexp.MustCompile(`https?://(127\.0\.0\.1:\d+)\b`)

func (l *listening) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	if found := listens.FindSubmatch(l.text.Bytes()); found != nil && !l.told {
		l.told = true
		l.heard <- string(found[1])
	}
	return len(p), nil
}

func (l *listening) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
