//go:build unix

package private_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"posthog-mcp/internal/private"
)

// A named pipe that nobody writes to is refused at once: opening it would wait
// for a writer.
func TestReadPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pipe, "/dev/zero"} {
		for name, read := range map[string]func(string, int64) ([]byte, error){"Read": private.Read, "ReadPublic": private.ReadPublic} {
			if _, err := read(path, 4); err == nil || !strings.HasSuffix(err.Error(), "is not a regular file") {
				t.Errorf("%s(%s): %v", name, path, err)
			}
		}
	}
}
