package chart

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// The server that is installed answers kubelets and scrapers, who come with the
// pod's address as Host.
func TestProbes(t *testing.T) {
	addr, metrics := freeAddress(t), freeAddress(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, os.Getenv("PRODUCT"), "http", "--sandbox", "--addr", addr, "--metrics-addr", metrics)
	command.Env = []string{}
	command.Stderr = os.Stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	defer func() {
		_ = command.Process.Signal(syscall.SIGTERM)
		<-ended
	}()
	for ctx.Err() == nil && len(ended) == 0 && get(ctx, addr, addr, "/healthz") == 0 {
		time.Sleep(20 * time.Millisecond)
	}
	for _, tc := range []struct {
		at, path string
		want     int
	}{
		{addr, "/healthz", http.StatusOK},
		{addr, "/readyz", http.StatusOK},
		{metrics, "/metrics", http.StatusOK},
		{addr, "/mcp", http.StatusForbidden},
	} {
		if got := get(ctx, tc.at, "10.1.2.3:8080", tc.path); got != tc.want {
			t.Errorf("%s, asked of 10.1.2.3:8080: %d, want %d", tc.path, got, tc.want)
		}
	}
}

// get is the status of an answer; 0 for none.
func get(ctx context.Context, addr, host, path string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s%s", addr, path), nil)
	if err != nil {
		return 0
	}
	r.Host = host
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
