package main

import (
	"bytes"
	"encoding/pem"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"posthog-mcp/internal/sandbox"
)

// examine runs posthog-mcp doctor with those settings, and returns what it
// prints.
func examine(t *testing.T, settings ...string) (out string, err error) {
	t.Helper()
	var printed, errs bytes.Buffer
	command := exec.CommandContext(t.Context(), "posthog-mcp", "doctor", "--log-level", "debug")
	command.Env = append(append(cleanEnvironment(), "NO_PROXY=", "no_proxy="), settings...)
	command.Stdout, command.Stderr = &printed, &errs
	err = command.Run()
	checkSecrets(t, "stdout", printed.String())
	checkSecrets(t, "stderr", errs.String())
	return printed.String(), err
}

func checkLines(t *testing.T, out string, beginnings ...string) {
	t.Helper()
	for _, want := range beginnings {
		if !strings.Contains("\n"+out, "\n"+want) {
			t.Errorf("no line begins with %q:\n%s", want, out)
		}
	}
}

// A certificate of one's own is trusted where SSL_CERT_FILE says so.
func TestDoctorOverTLS(t *testing.T) {
	posthog := httptest.NewUnstartedServer(sandbox.New())
	posthog.Config.ErrorLog = log.New(io.Discard, "", 0)
	posthog.StartTLS()
	defer posthog.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: posthog.Certificate().Raw}
	if err := os.WriteFile(ca, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := []string{envHost + "=" + posthog.URL, envKey + "=" + sandbox.KeyAll}

	out, err := examine(t, settings...)
	if err == nil {
		t.Error("a certificate of nobody's is trusted")
	}
	checkLines(t, out, "                  certificate signed by unknown authority", "Checks that failed: 1.")
	if runtime.GOOS == "darwin" || runtime.GOOS == "windows" {
		return // Go asks the system there, whatever the variable says
	}
	out, err = examine(t, append(settings, "SSL_CERT_FILE="+ca)...)
	if err != nil {
		t.Errorf("%v", err)
	}
	checkLines(t, out, "ok       reach    PostHog's API answers over TLS 1.3, certificate signed by Acme", "Everything needed works.")
}

// The environment's proxy is used and shown, without its password.
func TestDoctorThroughProxy(t *testing.T) {
	proxy := httptest.NewServer(sandbox.New()) // which is none: it knows no CONNECT
	defer proxy.Close()
	address := strings.TrimPrefix(proxy.URL, "http://")
	out, err := examine(t, envHost+"=https://posthog.example.com", envKey+"="+canaryKey,
		"HTTPS_PROXY=http://somebody:CANARY@"+address)
	if err == nil {
		t.Error("all is well")
	}
	checkLines(t, out, "failed   reach    posthog.example.com by the proxy http://"+address, "Checks that failed: 1.")

	out, _ = examine(t, envHost+"=https://127.0.0.1:1", envKey+"="+canaryKey, "HTTPS_PROXY=http://CANARY:%zz@nowhere")
	checkLines(t, out, "failed   reach    127.0.0.1:1: connection refused; HTTPS_PROXY names what cannot")
}
