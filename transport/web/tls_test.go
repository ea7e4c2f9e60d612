package web

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/transport/guard"
	"posthog-mcp/transport/listen"
)

// encrypted is a server's TLS with a certificate of the standard library's, and
// the transport of a client that takes it.
func encrypted(t *testing.T) (*tls.Config, *http.Transport) {
	t.Helper()
	donor := httptest.NewTLSServer(http.NotFoundHandler())
	defer donor.Close()
	pair := donor.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write := func(kind string, der []byte) string {
		path := filepath.Join(t.TempDir(), "pem")
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config, _, err := listen.Open(write("CERTIFICATE", pair.Certificate[0]), write("PRIVATE KEY", key), silent())
	if err != nil {
		t.Fatal(err)
	}
	network := donor.Client().Transport.(*http.Transport).Clone()
	network.ForceAttemptHTTP2 = true
	t.Cleanup(network.CloseIdleConnections)
	return config, network
}

// Over TLS clients speak HTTP/2: calls are answered, refusals come with bodies
// unread, streams carry their events at once, and the server ends as usual.
func TestOverTLS(t *testing.T) {
	config, network := encrypted(t)
	h := open(t, Options{
		TLS: config, MCP: product(t, overBase(newDesk()), silent()), Resource: Resource{AuthorizationServer: "https://us.posthog.com"},
		Guard: guard.Options{MaxBody: 1000},
	})
	client := &http.Client{Transport: network}
	for _, c := range []struct {
		method, path, body string
		status             int
		shows              string
	}{
		{"POST", "/mcp", call(1, "x"), 200, `"owner":"ada"`},
		{"POST", "/mcp", strings.Repeat(" ", 1001), 413, "body_too_large"},
		{"GET", "/.well-known/oauth-protected-resource/mcp", "", 200, `"resource":"https://` + h.addr + `/mcp"`},
		{"GET", "/sse", "", 200, "event: endpoint"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, "https://"+h.addr+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		for name, value := range map[string]string{"Authorization": "Bearer " + tokenA, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"} {
			r.Header.Set(name, value)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(resp.Body).ReadString('\n')
		if err != nil && err != io.EOF {
			t.Error(err)
		}
		_ = resp.Body.Close()
		got := []any{resp.Proto, resp.StatusCode, strings.Contains(line, c.shows)}
		if diff := cmp.Diff([]any{"HTTP/2.0", c.status, true}, got); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s\n%s", c.method, c.path, diff, line)
		}
	}
}
