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

// patience is what a loaded machine may need; a healthy run never waits so long.
const patience = 30 * time.Second

// shell runs the commands of one page, in a home of its own.
type shell struct {
	ctx  context.Context
	home string
	// said is what the last command printed.
	said string
	// servers are those of the block; address is where they are reached, by what
	// the page calls it.
	servers []server
	address map[string]string
}

// server is a command that runs on.
type server struct {
	*exec.Cmd
	ended chan error
}

func newShell(t *testing.T) *shell {
	s := &shell{ctx: t.Context(), home: t.TempDir()}
	t.Cleanup(s.stop)
	return s
}

// run runs one command and returns what it prints, with the addresses as the
// page has them.
func (s *shell) run(line string) (said string, code int, err error) {
	if server, ok := strings.CutSuffix(line, " &"); ok {
		return "", 0, s.serve(server)
	}
	for page, real := range s.address {
		line = strings.ReplaceAll(line, page, real)
	}
	ctx, cancel := context.WithTimeout(s.ctx, patience)
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

// usual is where the program listens when it is told nothing.
const usual = "127.0.0.1:8080"

var given = regexp.MustCompile(`--addr[ =](\S+)`)

// serve starts a server at an address that is free, and waits until it says
// which.
func (s *shell) serve(line string) error {
	named := usual
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
	case <-time.After(patience):
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

// listening is what a server prints, until it says where it listens.
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
