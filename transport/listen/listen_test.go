package listen_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"posthog-mcp/internal/reload"
	"posthog-mcp/transport/listen"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// issued returns a self-signed certificate of that name for 127.0.0.1, and its key.
func issued(t *testing.T, name string, end time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: end, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func silent() *slog.Logger { return slog.New(slog.DiscardHandler) }

var later = time.Date(2199, 1, 1, 0, 0, 0, 0, time.UTC)

// serve answers over TLS on loopback, and returns its address.
func serve(t *testing.T, config *tls.Config) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.NotFoundHandler(), ReadHeaderTimeout: time.Minute, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	done := make(chan struct{})
	go func() { _ = s.Serve(tls.NewListener(l, config)); close(done) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return l.Addr().String()
}

// The client's abilities decide the TLS version and the protocol.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key := issued(t, "first", later)
	config, _, err := listen.Open(write(t, filepath.Join(dir, "cert"), cert), write(t, filepath.Join(dir, "key"), key), silent())
	if err != nil {
		t.Fatal(err)
	}
	addr := serve(t, config)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(cert))
	for _, can := range []struct {
		version uint16
		http2   bool
		want    string // empty: no connection
	}{
		{tls.VersionTLS11, true, ""},
		{tls.VersionTLS12, true, "HTTP/2.0"},
		{tls.VersionTLS13, true, "HTTP/2.0"},
		{tls.VersionTLS12, false, "HTTP/1.1"},
		{tls.VersionTLS13, false, "HTTP/1.1"},
	} {
		network := &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS10, MaxVersion: can.version},
			ForceAttemptHTTP2: can.http2,
		}
		got := ""
		if resp, err := (&http.Client{Transport: network}).Get("https://" + addr); err == nil {
			got = resp.Proto
			_ = resp.Body.Close()
		}
		network.CloseIdleConnections()
		if got != can.want {
			t.Errorf("%s, HTTP/2 %v: %q, want %q", tls.VersionName(can.version), can.http2, got, can.want)
		}
	}
}

// shown returns the name in the certificate that a new connection gets, on a network
// inside the process.
func shown(t *testing.T, config *tls.Config) string {
	t.Helper()
	here, there := net.Pipe()
	served := tls.NewListener(&one{conn: there}, config)
	server, err := served.Accept()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = server.(*tls.Conn).HandshakeContext(t.Context()); close(done) }()
	client := tls.Client(here, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // the name alone is of interest
	if err := client.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	name := client.ConnectionState().PeerCertificates[0].Subject.CommonName
	_, _ = here.Close(), there.Close()
	<-done
	return name
}

// one is a listener that has one connection.
type one struct {
	net.Listener
	conn net.Conn
}

func (o *one) Accept() (net.Conn, error) { return o.conn, nil }

// New connections get the new files after the next poll. Unusable files, such as a
// pair of which only one is new, change nothing.
func TestRenewal(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert"), filepath.Join(dir, "key")
	firstCert, firstKey := issued(t, "first", later)
	secondCert, secondKey := issued(t, "second", later)
	oldCert, oldKey := issued(t, "old", time.Date(1999, 6, 1, 0, 0, 0, 0, time.UTC))
	write(t, certFile, firstCert)
	write(t, keyFile, firstKey)
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		config, watch, err := listen.Open(certFile, keyFile, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		watched := make(chan struct{})
		go func() { watch(ctx); close(watched) }()
		var got []string
		for _, pair := range [][2]string{
			{firstCert, firstKey}, {secondCert, firstKey}, {secondCert, secondKey},
			{oldCert, oldKey}, {oldCert, oldKey}, {"", ""}, {firstCert, firstKey},
		} {
			write(t, certFile, pair[0])
			write(t, keyFile, pair[1])
			time.Sleep(reload.Every)
			synctest.Wait()
			got = append(got, shown(t, config))
		}
		cancel()
		<-watched
		if diff := cmp.Diff([]string{"first", "first", "second", "second", "second", "second", "first"}, got); diff != "" {
			t.Errorf("shown at each look (-want +got):\n%s", diff)
		}
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), "the certificate expired on 1999-06-01") {
			t.Errorf("%d errors in the log:\n%s", n, &log)
		}
		if strings.Contains(log.String(), "PRIVATE KEY") {
			t.Error("the log has a key")
		}
	})
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	cert, key := issued(t, "first", later)
	_, other := issued(t, "other", later)
	oldCert, oldKey := issued(t, "old", time.Date(1999, 6, 1, 0, 0, 0, 0, time.UTC))
	path := func(name, text string) string { return write(t, filepath.Join(dir, name), text) }
	goodCert, goodKey := path("cert", cert), path("key", key)
	public := path("public", key)
	if err := os.Chmod(public, 0o644); err != nil {
		t.Fatal(err)
	}
	nothing := filepath.Join(dir, "nothing")
	for _, c := range []struct{ cert, key, want string }{
		{goodCert, goodKey, ""},
		{"", goodKey, "go together"},
		{goodCert, "", "go together"},
		{nothing, goodKey, "--tls-cert: open"},
		{goodCert, nothing, "--tls-key: open"},
		{goodCert, public, "--tls-key: other users of this machine"},
		{goodCert, path("other", other), "does not match"},
		{goodKey, goodCert, "--tls-cert and --tls-key"},
		{path("old-cert", oldCert), path("old-key", oldKey), "the certificate expired on 1999-06-01"},
	} {
		_, _, err := listen.Open(c.cert, c.key, silent())
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
