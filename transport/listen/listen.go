// Package listen has the TLS of a listener, with a certificate that can be renewed while
// the server runs.
package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"posthog-mcp/internal/private"
	"posthog-mcp/internal/reload"
)

const longestFile = 1 << 20 // bytes of a certificate's chain, and of a key

// Open returns TLS 1.2 and newer, and so HTTP/2, with the certificate and its chain, and
// the key, both in PEM. The key's file must be private: see [private.Read]. New
// connections get a renewed certificate while watch runs: see [reload.Value.Watch]. log
// receives the errors of later reads. An error is one line for the operator and names the
// flag to correct.
func Open(certFile, keyFile string, log *slog.Logger) (config *tls.Config, watch func(context.Context), err error) {
	if certFile == "" || keyFile == "" {
		return nil, nil, errors.New("--tls-cert and --tls-key go together: give both")
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
	current, err := reload.Open(reload.Source[*tls.Certificate]{Name: certFile, Read: read, Parse: parse, Logger: log})
	if err != nil {
		return nil, nil, err
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return current.Current(), nil },
	}, current.Watch, nil
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
