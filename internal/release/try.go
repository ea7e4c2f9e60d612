package main

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"posthog-mcp/internal/release/oci"
	"posthog-mcp/internal/release/roots"
	"posthog-mcp/internal/sandbox"
)

// container runs the program of an image unpacked at root, as an engine would
// as far as it may here: see isolate.
type container struct {
	root  string
	image oci.Image
}

// run starts the image's entry point with args, env beside the image's own
// variables and in on stdin. It returns stdout.
func (c container) run(ctx context.Context, in string, env []string, args ...string) (string, error) {
	entry := c.image.Config.Entrypoint
	command := exec.CommandContext(ctx, entry[0], append(entry[1:len(entry):len(entry)], args...)...)
	command.Env = append(append([]string{}, c.image.Config.Env...), env...)
	command.Stdin = strings.NewReader(in)
	command.Path = filepath.Join(c.root, entry[0])
	if isolates() {
		command.Path = entry[0]
		if err := isolate(command, c.root, c.image.Config.User); err != nil {
			return "", err
		}
	}
	said, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(said), fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	return string(said), err
}

// hello is what a client says first.
const hello = `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"release","version":"1"}}}` + "\n"

// try runs the program in the image.
func try(ctx context.Context, root string, image oci.Image, version string) error {
	c := container{root, image}
	said, err := c.run(ctx, "", nil, "version")
	if err != nil || !strings.Contains(said, version) {
		return fmt.Errorf("the image's program says version %q: %w", said, err)
	}
	said, err = c.run(ctx, hello, nil, append(image.Config.Cmd, "--sandbox")...)
	if err != nil || !strings.Contains(said, `"protocolVersion":"2025-11-25"`) {
		return fmt.Errorf("the image's program answers initialize with %q: %w", said, err)
	}
	return c.trust(ctx)
}

// trust looks at which certificates the program takes: those of the image, of
// the file that SSL_CERT_FILE names, and no others.
func (c container) trust(ctx context.Context) error {
	server := httptest.NewUnstartedServer(sandbox.New())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of each refusal
	server.StartTLS()
	defer server.Close()
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	env := []string{"POSTHOG_HOST=" + server.URL, "POSTHOG_PERSONAL_API_KEY=" + sandbox.KeyAll}
	call := func(env ...string) error {
		_, err := c.run(ctx, "", env, "call", "users-retrieve")
		return err
	}
	if call(env...) == nil {
		return errors.New("a certificate that no authority of the image signed is taken")
	}
	if err := os.WriteFile(filepath.Join(c.root, "own.pem"), own, 0o644); err != nil {
		return err
	}
	file := filepath.Join(c.root, "own.pem")
	if isolates() {
		file = "/own.pem"
	}
	if err := call(append(env, "SSL_CERT_FILE="+file)...); err != nil {
		return fmt.Errorf("SSL_CERT_FILE is not heard: %w", err)
	}
	if !isolates() {
		return nil // the image's file is not where the program looks
	}
	if err := os.WriteFile(filepath.Join(c.root, roots.Path), own, 0o644); err != nil {
		return err
	}
	if err := call(env...); err != nil {
		return fmt.Errorf("the image's certificates are not where the program looks: %w", err)
	}
	return nil
}
