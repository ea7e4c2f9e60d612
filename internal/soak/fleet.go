package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

const replicas = 3

// fleet is the replicas, what they share and what is in front of them.
type fleet struct {
	product string
	args    []string
	env     []string
	url     string // of nginx
	limited bool

	mu    sync.Mutex
	ports [replicas]int
	crew  [replicas]*process
	peak  int // of memory, in bytes
	kills int
}

// shares are the flags with which replicas keep limits together, as far as the
// binary has them.
func shares(ctx context.Context, product, redis string) []string {
	help, err := exec.CommandContext(ctx, product, "http", "--help").Output()
	if err != nil {
		return nil // the replicas will say why
	}
	text := string(help)
	var args []string
	for _, flag := range []string{"--rate-limit", "--redis", "--replicas"} {
		switch {
		case !strings.Contains(text, flag):
		case flag == "--redis":
			args = append(args, flag+"=redis://"+redis)
		case flag == "--replicas":
			args = append(args, fmt.Sprintf("%s=%d", flag, replicas))
		default:
			args = append(args, fmt.Sprintf("%s=%d", flag, perMinute))
		}
	}
	return args
}

func launch(ctx context.Context, product, scratch, posthog string) (*fleet, error) {
	redis, err := startRedis(ctx, scratch)
	if err != nil {
		return nil, err
	}
	f := &fleet{product: product, args: shares(ctx, product, redis), env: []string{"POSTHOG_HOST=" + posthog}}
	f.limited = len(f.args) > 1
	for i := range f.crew {
		if f.ports[i], err = freePort(ctx); err != nil {
			return nil, err
		}
		if f.crew[i], err = startReplica(ctx, f.product, f.ports[i], f.env, f.args); err != nil {
			return nil, err
		}
	}
	f.url, err = startNginx(ctx, scratch, f.ports[:])
	return f, err
}

func startRedis(ctx context.Context, scratch string) (string, error) {
	port, err := freePort(ctx)
	if err != nil {
		return "", err
	}
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	p, err := spawn(ctx, nil, "redis-server", "--bind", "127.0.0.1", "--port", fmt.Sprint(port), "--save", "", "--appendonly", "no", "--dir", scratch)
	if err != nil {
		return "", err
	}
	return addr, p.await(ctx, "Redis", func(ctx context.Context) bool { return listens(ctx, addr) })
}

// memoryLimit is what the Helm chart sets.
const memoryLimit = "GOMEMLIMIT=120MiB"

func startReplica(ctx context.Context, product string, port int, env, args []string) (*process, error) {
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	p, err := spawn(ctx, append(env, memoryLimit), product, append([]string{"http", "--addr", addr, "--log-level", "warn"}, args...)...)
	if err != nil {
		return nil, err
	}
	return p, p.await(ctx, "a replica", func(ctx context.Context) bool { return answers(ctx, "http://"+addr+"/healthz") })
}

// nginxConfig has any replica answer on /mcp, and one for each caller on the
// older transport, whose clients have an open stream. A replica that cannot be
// reached is passed over; what was sent to one is never sent again, since nginx
// repeats no POST.
const nginxConfig = `daemon off;
worker_processes 1;
pid %[1]s/nginx.pid;
error_log stderr warn;
events { worker_connections 4096; }
http {
	access_log off;
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi;
	scgi_temp_path %[1]s/scgi;
	client_max_body_size 1m;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
	proxy_set_header Host $http_host;
	upstream any { %[2]s keepalive 32; }
	upstream one { hash $http_authorization consistent; %[2]s }
	server {
		listen 127.0.0.1:%[3]d;
		location / { proxy_pass http://any; proxy_read_timeout 60s; }
		location = /sse { proxy_pass http://one; proxy_buffering off; proxy_read_timeout 1h; }
		location = /message { proxy_pass http://one; proxy_read_timeout 60s; }
	}
}
`

func startNginx(ctx context.Context, scratch string, ports []int) (string, error) {
	port, err := freePort(ctx)
	if err != nil {
		return "", err
	}
	var servers strings.Builder
	for _, p := range ports {
		fmt.Fprintf(&servers, "server 127.0.0.1:%d max_fails=0; ", p)
	}
	config := filepath.Join(scratch, "nginx.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, nginxConfig, scratch, servers.String(), port), 0o644); err != nil {
		return "", err
	}
	p, err := spawn(ctx, nil, "nginx", "-c", config, "-p", scratch, "-e", "stderr")
	if err != nil {
		return "", err
	}
	url := fmt.Sprintf("http://127.0.0.1:%d", port)
	return url, p.await(ctx, "nginx", func(ctx context.Context) bool { return answers(ctx, url+"/healthz") })
}

// churn kills a replica every so often, without a word, and replaces it, until the
// load ends; the replicas live as long as life. It also watches their memory.
func (f *fleet) churn(life, load context.Context, every time.Duration) error {
	look := time.NewTicker(500 * time.Millisecond)
	defer look.Stop()
	kill := time.NewTicker(every)
	defer kill.Stop()
	for i := 0; ; {
		select {
		case <-load.Done():
			return nil
		case <-look.C:
			f.measure()
		case <-kill.C:
			f.crew[i].end(syscall.SIGKILL)
			f.kills++
			p, err := startReplica(life, f.product, f.ports[i], f.env, f.args)
			if err != nil {
				return err
			}
			f.mu.Lock()
			f.crew[i] = p
			f.mu.Unlock()
			i = (i + 1) % replicas
		}
	}
}

func (f *fleet) measure() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.crew {
		f.peak = max(f.peak, p.resident())
	}
}

// stop ends the replicas; the rest ends with the context.
func (f *fleet) stop() {
	for _, p := range f.crew {
		p.end(syscall.SIGTERM)
	}
}
