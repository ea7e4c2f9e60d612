package main

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
)

// server is a way to run the product.
type server struct {
	name string
	args []string
	// devices are what it is looked at with.
	devices []device
}

var servers = []server{
	{"sandbox", []string{"--sandbox"}, []device{phone, phone.inTheDark(), desk, desk.inTheDark()}},
	{"passthrough", []string{"--read-only", "--toolsets", "subscriptions,lookup", "--confirm", "sends"}, []device{phone.inTheDark(), desk}},
}

var address = regexp.MustCompile(`http://[^ "]+/mcp`)

// start runs the product and returns the address of its page.
func (s server) start(ctx context.Context, product string) (url string, stop func(), err error) {
	cmd := exec.CommandContext(ctx, product, append([]string{"http", "--addr", "127.0.0.1:0"}, s.args...)...)
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "POSTHOG_") { // whoever runs this has a key, perhaps
			cmd.Env = append(cmd.Env, setting)
		}
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if found := address.FindString(lines.Text()); found != "" {
			go drain(lines)
			return strings.TrimSuffix(found, "mcp"), stop, nil
		}
	}
	stop()
	return "", nil, errors.New("it ended before it listened")
}

func drain(lines *bufio.Scanner) {
	for lines.Scan() {
		continue
	}
}
