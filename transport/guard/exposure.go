package guard

import (
	"fmt"
	"net"
)

// Exposure describes who can reach a server.
type Exposure struct {
	// Addr is the address to listen on, such as "127.0.0.1:8080".
	Addr string
	// Authenticated means that callers must authenticate.
	Authenticated bool
	// Encrypted means that the server itself speaks TLS.
	Encrypted bool
	// PlainHTTP means that the operator allows plain HTTP, behind a proxy that
	// speaks TLS.
	PlainHTTP bool
}

// Check refuses a server that everyone on other machines could use, and one that
// would receive keys from other machines unencrypted without the operator's
// permission. The error is one line and names the flags to change.
func (e Exposure) Check() error {
	switch {
	case !e.Authenticated:
		return LoopbackOnly(e.Addr)
	case e.Encrypted, e.PlainHTTP, isLoopback(e.Addr):
		return nil
	}
	return fmt.Errorf("callers' keys would travel between machines in clear to --addr %s: give --tls-cert and --tls-key, "+
		"or a loopback address like 127.0.0.1:8080, or, where a proxy in front speaks TLS, --insecure-plain-http", quote(e.Addr))
}

// LoopbackOnly returns an error unless the listen address addr can be reached from
// this machine only, for a server without authentication.
func LoopbackOnly(addr string) error {
	if isLoopback(addr) {
		return nil
	}
	return fmt.Errorf("everyone who can connect is let in, so --addr must be a loopback address like 127.0.0.1:8080, not %s", quote(addr))
}

func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	a, _ := parseAuthority(net.JoinHostPort(host, "1"))
	return err == nil && a.loopback()
}
