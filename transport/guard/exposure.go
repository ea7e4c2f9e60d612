package guard

import (
	"fmt"
	"net"
)

// Exposure is who can reach a server, and what then stands between them and it.
type Exposure struct {
	// Addr is the address to listen on, such as "127.0.0.1:8080".
	Addr string
	// Authenticated says that callers have to show who they are.
	Authenticated bool
	// Encrypted says that the server itself speaks TLS.
	Encrypted bool
	// PlainHTTP is the operator's word that plain HTTP is meant, for a server
	// behind a proxy that speaks TLS.
	PlainHTTP bool
}

// Check refuses what an operator cannot have meant: a server that lets everyone
// in is for this machine alone, whatever else is set, and keys do not travel
// between machines in clear without the operator's word. The error is one line
// and names the flags to mend.
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

// LoopbackOnly returns an error unless addr, a listen address such as
// "127.0.0.1:8080", can be reached from this machine only. Its text says why a
// server without authentication cannot serve there.
func LoopbackOnly(addr string) error {
	if isLoopback(addr) {
		return nil
	}
	return fmt.Errorf("everyone who can connect is let in, so --addr must be a loopback address like 127.0.0.1:8080, not %s", quote(addr))
}

func isLoopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	a, _ := parseAuthority(net.JoinHostPort(host, "1"))
	return err == nil && loopback(a.host)
}
