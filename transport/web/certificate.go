package web

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

// Certificate returns TLS 1.2 and newer, and so HTTP/2, with the certificate and its
// chain, and the key, both in PEM. The key's file must be private: see [private.Read].
// New connections get a renewed certificate until ctx ends. log receives the errors of
// later reads. An error is one line for the operator and names the flag to correct.
func Certificate(ctx context.Context, certFile, keyFile string, log *slog.Logger) (*tls.Config, error) {
	if certFile == "" || keyFile == "" {
		return nil, errors.New("--tls-cert and --tls-key go together: give both")
	}
	current, err := reload.Open(ctx, certFile, log, func() (*tls.Certificate, [][]byte, error) { return loadPair(certFile, keyFile) })
	if err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return current(), nil },
	}, nil
}

// loadPair refuses an expired certificate, which no client would accept: its successor
// is missing, or is in the wrong place.
func loadPair(certFile, keyFile string) (*tls.Certificate, [][]byte, error) {
	const longest = 1 << 20 // bytes of a chain, and of a key
	cert, err := private.ReadPublic(certFile, longest)
	if err != nil {
		return nil, nil, fmt.Errorf("--tls-cert: %w", err)
	}
	key, err := private.Read(keyFile, longest)
	if err != nil {
		return nil, nil, fmt.Errorf("--tls-key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		err = fmt.Errorf("--tls-cert and --tls-key: %w", err)
	} else if end := pair.Leaf.NotAfter; time.Now().After(end) {
		err = fmt.Errorf("--tls-cert: the certificate expired on %s", end.UTC().Format(time.DateOnly))
	}
	return &pair, [][]byte{cert, key}, err
}
