// Package listen has the TLS of a listener, with a certificate that can be renewed while
// the server runs.
package listen

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"posthog-mcp/internal/private"
	"posthog-mcp/internal/reload"
)

// longestFile is the most bytes of a certificate's chain, and of a key.
const longestFile = 1 << 20

// Certificate is a certificate with its key, and follows their files: see
// [reload.Value.Watch]. New connections get a renewed certificate; open ones keep theirs.
type Certificate struct {
	*reload.Value[*tls.Certificate]
}

// Open reads the certificate with its chain, and the key, both in PEM. The key's file
// must be private: see [private.Read]. log receives the errors of later reads. An
// error is one line for the operator and names the flag to correct.
func Open(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	if certFile == "" || keyFile == "" {
		return nil, errors.New("--tls-cert and --tls-key go together: give both")
	}
	read := func() ([][]byte, error) {
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
	value, err := reload.Open(reload.Source[*tls.Certificate]{Name: certFile, Read: read, Parse: parse, Logger: log})
	if err != nil {
		return nil, err
	}
	return &Certificate{value}, nil
}

// parse refuses an expired certificate, which no client would accept: its successor
// is missing, or is in the wrong place.
func parse(texts [][]byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(texts[0], texts[1])
	if err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	if end := pair.Leaf.NotAfter; time.Now().After(end) {
		return nil, fmt.Errorf("--tls-cert: the certificate expired on %s", end.UTC().Format(time.DateOnly))
	}
	return &pair, nil
}

// Config is for TLS 1.2 and newer with the certificate, and so for HTTP/2.
func (c *Certificate) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.Current(), nil },
	}
}
