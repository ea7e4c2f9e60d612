package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/zalando/go-keyring"

	"posthog-mcp/internal/private"
)

const (
	service = "posthog-mcp" // in the keyring
	// longestFile is more than a login takes.
	longestFile = 64 << 10
	// keyringTimeout leaves a person time to unlock the keyring.
	keyringTimeout = 20 * time.Second
)

// ErrNone means that there is no login for the host and the profile.
var ErrNone = errors.New("there is no login")

// path returns a file of this host. A colon, of a port, has no place in a name on
// Windows.
func (c *Client) path(name string) string {
	host := strings.NewReplacer(":", "_", "[", "", "]", "").Replace(c.Host.Host)
	return filepath.Join(c.Folder, host+"."+name)
}

func (c *Client) lockFile() string   { return c.path("login-" + c.Profile + ".lock") }
func (c *Client) loginFile() string  { return c.path("login-" + c.Profile + ".json") }
func (c *Client) clientFile() string { return c.path("client.json") }

// locked runs do while no other process and no other call changes the login.
func (c *Client) locked(ctx context.Context, do func() error) error {
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(c.lockFile()).Lock()
		if err == nil {
			defer unlock()
			if err = ctx.Err(); err == nil {
				err = do()
			}
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Load returns the login. The error is [ErrNone] without one.
func (c *Client) Load() (*Login, error) { return c.load() }

// load does not ask the keyring where nobody has ever logged in: that can start a
// program, or a question to the person.
func (c *Client) load() (*Login, error) {
	if _, err := os.Lstat(c.lockFile()); err != nil {
		return nil, ErrNone
	}
	file := c.loginFile()
	text, err := private.ReadOwn(file, longestFile)
	if errors.Is(err, fs.ErrNotExist) {
		file = ""
		text, err = within(func() ([]byte, error) {
			secret, err := keyring.Get(service, c.account())
			return []byte(secret), err
		})
		if errors.Is(err, keyring.ErrNotFound) {
			return nil, ErrNone
		}
		if err != nil {
			return nil, fmt.Errorf("%w in a file, and the system's keyring does not answer: %w", ErrNone, err)
		}
	}
	if err != nil {
		return nil, err
	}
	login := Login{File: file}
	if json.Unmarshal(text, &login) != nil || login.Token == nil || login.Host != c.Host.String() {
		return nil, fmt.Errorf("%w that can be read: what is kept is damaged", ErrNone)
	}
	return &login, nil
}

func (c *Client) account() string { return c.Profile + "@" + c.Host.String() }

// save keeps the login in the keyring, or, where there is none or inFile, in a file
// that only its owner can read. It sets login.File.
func (c *Client) save(login *Login, inFile bool) error {
	text, err := json.Marshal(login)
	if err != nil {
		return err
	}
	login.File = ""
	if !inFile {
		_, err := within(func() (struct{}, error) { return struct{}{}, keyring.Set(service, c.account(), string(text)) })
		if err == nil {
			return removeFile(c.loginFile())
		}
	}
	login.File = c.loginFile()
	return private.Write(login.File, text)
}

// remove forgets the login, wherever it is.
func (c *Client) remove() error {
	_, err := within(func() (struct{}, error) { return struct{}{}, keyring.Delete(service, c.account()) })
	if _, inFile := os.Lstat(c.loginFile()); inFile == nil || errors.Is(err, keyring.ErrNotFound) {
		err = nil // of a keyring that has nothing, or is none
	}
	return errors.Join(err, removeFile(c.loginFile()))
}

func removeFile(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// keptClient returns the id of the last registration at the host; empty for none.
func (c *Client) keptClient() string {
	var kept struct{ ID string }
	text, err := private.ReadOwn(c.clientFile(), longestFile)
	if err != nil || json.Unmarshal(text, &kept) != nil {
		return ""
	}
	return kept.ID
}

func (c *Client) keepClient(id string) error {
	text, _ := json.Marshal(struct{ ID string }{id})
	if err := os.MkdirAll(c.Folder, 0o700); err != nil {
		return err
	}
	return private.Write(c.clientFile(), text)
}

func (c *Client) forgetClient() { _ = removeFile(c.clientFile()) }

// within waits for the keyring, which may wait for a person.
func within[T any](do func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-time.After(keyringTimeout):
		return *new(T), fmt.Errorf("no answer within %v", keyringTimeout)
	}
}
