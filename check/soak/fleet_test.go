package soak

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"posthog-mcp/check/process"
)

const (
	replicas = 3
	// perMinute is PostHog's limit for a key, which replicas keep together.
	perMinute = 480
	// mostMemory is what a replica may take, in MiB: the Helm chart's limit.
	mostMemory = 150
)

// fleet is the replicas. A replica is replaced at the address of the killed one.
type fleet struct {
	env, args []string
	addrs     [replicas]string
	crew      [replicas]*process.Process
	peak      float64 // of memory, in MiB
	kills     int
}

func launch(t *testing.T, posthog string) *fleet {
	t.Helper()
	f := &fleet{env: []string{"POSTHOG_HOST=" + posthog}, args: []string{
		fmt.Sprintf("--rate-limit=%d", perMinute), "--redis=redis://" + startRedis(t), fmt.Sprintf("--replicas=%d", replicas),
	}}
	for i := range f.crew {
		f.addrs[i] = freeAddr(t)
		f.crew[i] = startReplica(t, f.addrs[i], f.env, f.args...)
	}
	return f
}

func startReplica(t *testing.T, addr string, env []string, args ...string) *process.Process {
	t.Helper()
	env = append([]string{"GOMEMLIMIT=120MiB"}, env...) // as the Helm chart sets it
	return serve(t, addr, env, product(t), append([]string{"http", "--addr", addr, "--log-level", "warn"}, args...)...)
}

// serve starts a program that ends with the test.
func serve(t *testing.T, addr string, env []string, name string, args ...string) *process.Process {
	t.Helper()
	p, err := process.Serve(t.Context(), addr, env, name, args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.End(syscall.SIGKILL) })
	return p
}

func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := process.FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// startRedis is a Redis, or a miniredis where none is installed. The latter's
// clock has to be turned by hand, and nothing in it expires otherwise.
func startRedis(t *testing.T) (addr string) {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		m := miniredis.RunT(t)
		const tick = 100 * time.Millisecond
		ticking := time.NewTicker(tick)
		t.Cleanup(ticking.Stop)
		go func() {
			for range ticking.C {
				m.FastForward(tick)
			}
		}()
		return m.Addr()
	}
	addr = freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	serve(t, addr, nil, "redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no")
	return addr
}

// churn kills a replica every so often, without a warning, and replaces it, until
// the load ends.
func (f *fleet) churn(load context.Context, t *testing.T) {
	look, kill := time.NewTicker(500*time.Millisecond), time.NewTicker(*killsEvery)
	defer look.Stop()
	defer kill.Stop()
	for {
		select {
		case <-load.Done():
			return
		case <-look.C:
			for _, p := range f.crew {
				f.peak = max(f.peak, p.Resident())
			}
		case <-kill.C:
			i := f.kills % replicas
			f.crew[i].End(syscall.SIGKILL)
			f.crew[i] = startReplica(t, f.addrs[i], f.env, f.args...)
			f.kills++
		}
	}
}
