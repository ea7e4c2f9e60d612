// Package listen speaks TLS on a listener, with a certificate that may be
// renewed while the server runs.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"posthog-mcp/internal/private"
	"posthog-mcp/internal/reload"
)

// longestFile bounds a certificate's chain and a key, in bytes.
const longestFile = 1 << 20

// Certificate is a certificate and its key, as their files stand. It is safe
// for concurrent use.
type Certificate struct {
	value *reload.Value[*tls.Certificate]
}

// Open reads the certificate, with the chain that clients need, and the key,
// both PEM. The key's file must be private: see [private.Read]. log gets what is
// wrong with later states of the files. An error is one line for the operator
// and names the flag to mend.
func Open(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	if certFile == "" || keyFile == "" {
		return nil, errors.New("--tls-cert and --tls-key go together: give both")
	}
	value, err := reload.Open(reload.Source[*tls.Certificate]{
		Name:   certFile,
		Read:   func() ([][]byte, error) { return read(certFile, keyFile) },
		Parse:  func(texts [][]byte) (*tls.Certificate, error) { return parse(texts[0], texts[1]) },
		Logger: log,
	})
	if err != nil {
		return nil, err
	}
	return &Certificate{value}, nil
}

func read(certFile, keyFile string) ([][]byte, error) {
	cert, err := private.ReadPublic(certFile, longestFile)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert: %w", err)
	}
	key, err := private.Read(keyFile, longestFile)
	if err != nil {
		return nil, fmt.Errorf("--tls-key: %w", err)
	}
	return [][]byte{cert, key}, nil
}

// parse refuses a certificate that no client would take: after its end a new one
// was put in the wrong place, or not yet.
func parse(cert, key []byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	if end := pair.Leaf.NotAfter; time.Now().After(end) {
		return nil, fmt.Errorf("--tls-cert: the certificate ended on %s", end.UTC().Format(time.DateOnly))
	}
	return &pair, nil
}

// Watch follows the files until ctx ends, and is called once. A renewed
// certificate is shown to who connects from then on; open connections go on.
func (c *Certificate) Watch(ctx context.Context) { c.value.Watch(ctx) }

// TLS speaks TLS 1.2 or newer, and so HTTP/2, to who connects to l.
func (c *Certificate) TLS(l net.Listener) net.Listener {
	return tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.value.Current(), nil
		},
	})
}
