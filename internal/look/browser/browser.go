// Package browser drives a headless Chromium over a pair of pipes, as its
// DevTools protocol has it.
package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// Browser is a running Chromium. It is for one goroutine.
type Browser struct {
	cmd     *exec.Cmd
	profile string
	out     *os.File
	in      *bufio.Reader
	last    int
	// seen are the events that came while an answer was waited for.
	seen []Event
}

// Event is what the browser tells unasked.
type Event struct {
	Method    string
	Params    json.RawMessage
	SessionID string `json:"sessionId"`
}

// Start runs the program at path until ctx ends or Close is called.
func Start(ctx context.Context, path string) (b *Browser, err error) {
	b = &Browser{}
	if b.profile, err = os.MkdirTemp("", "look"); err != nil {
		return nil, err
	}
	theirIn, ours, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	read, theirOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	b.out, b.in = ours, bufio.NewReaderSize(read, 1<<20)
	b.cmd = exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--hide-scrollbars", "--remote-debugging-pipe", "--user-data-dir="+b.profile, "about:blank")
	b.cmd.ExtraFiles = []*os.File{theirIn, theirOut} // its descriptors 3 and 4
	if err := b.cmd.Start(); err != nil {
		_ = os.RemoveAll(b.profile)
		return nil, fmt.Errorf("start the browser: %w", err)
	}
	return b, errors.Join(theirIn.Close(), theirOut.Close(), b.do("", "Browser.grantPermissions", map[string]any{
		"permissions": []string{"clipboardReadWrite", "clipboardSanitizedWrite"},
	}, nil))
}

// Close ends the browser and removes what it kept.
func (b *Browser) Close() {
	_ = b.do("", "Browser.close", nil, nil) // killed below where it does not
	_ = b.out.Close()
	_ = b.cmd.Wait()
	_ = os.RemoveAll(b.profile)
}

// message is either an answer to the command with its ID, or an event.
type message struct {
	ID int
	Event
	Result json.RawMessage
	Error  *struct{ Message string }
}

// do sends a command to a session, or to the browser itself, and reads its
// answer into result.
func (b *Browser) do(session, method string, params, result any) error {
	if params == nil {
		params = struct{}{}
	}
	b.last++
	command, err := json.Marshal(struct {
		ID        int    `json:"id"`
		SessionID string `json:"sessionId,omitempty"`
		Method    string `json:"method"`
		Params    any    `json:"params"`
	}{b.last, session, method, params})
	if err != nil {
		return err
	}
	if _, err := b.out.Write(append(command, 0)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	for {
		m, err := b.read()
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", method, err)
		case m.ID == 0:
			b.seen = append(b.seen, m.Event)
		case m.ID != b.last: // of a command that was given up
		case m.Error != nil:
			return fmt.Errorf("%s: %s", method, m.Error.Message)
		case result == nil:
			return nil
		default:
			return json.Unmarshal(m.Result, result)
		}
	}
}

func (b *Browser) read() (m message, err error) {
	line, err := b.in.ReadBytes(0)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(line[:len(line)-1], &m)
}

// await reads until the event of that name came to the session.
func (b *Browser) await(session, method string) error {
	for {
		for i, e := range b.seen {
			if e.Method == method && e.SessionID == session {
				b.seen = append(b.seen[:i:i], b.seen[i+1:]...)
				return nil
			}
		}
		m, err := b.read()
		if err != nil {
			return fmt.Errorf("wait for %s: %w", method, err)
		}
		if m.ID == 0 {
			b.seen = append(b.seen, m.Event)
		}
	}
}
