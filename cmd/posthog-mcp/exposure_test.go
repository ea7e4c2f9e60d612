package main

import (
	"strings"
	"testing"
)

// TestExposure is where a server may listen, by what stands between it and its callers.
func TestExposure(t *testing.T) {
	const (
		everyone = "everyone who can connect is let in, so --addr must be a loopback address"
		inClear  = "keys would travel between machines in clear"
	)
	for _, c := range []struct {
		auth, tls, plain bool
		here, everywhere string // a part of the error on 127.0.0.1 and on 0.0.0.0; empty: may listen
	}{
		{auth: false, tls: false, plain: false, everywhere: everyone},
		{auth: false, tls: false, plain: true, everywhere: everyone},
		{auth: false, tls: true, plain: false, everywhere: everyone},
		{auth: false, tls: true, plain: true, everywhere: everyone},
		{auth: true, tls: false, plain: false, everywhere: inClear},
		{auth: true, tls: false, plain: true},
		{auth: true, tls: true, plain: false},
		{auth: true, tls: true, plain: true},
	} {
		f := authFlags{Auth: "none", InsecurePlainHTTP: c.plain}
		if c.auth {
			f.Auth = "passthrough"
		}
		if c.tls {
			f.TLSCert = "cert.pem"
		}
		for addrs, want := range map[string]string{
			"127.0.0.1:8080 localhost:80 [::1]:8080 127.9.9.9:0":              c.here,
			"0.0.0.0:8080 :8080 [::]:8080 192.168.1.2:80 mcp.example.com:443": c.everywhere,
			"127.0.0.1": "--addr: address 127.0.0.1: missing port",
		} {
			for addr := range strings.FieldsSeq(addrs) {
				_, err := f.mode(false, addr)
				if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
					t.Errorf("%+v on %s: %v, want %q", c, addr, err, want)
				}
			}
		}
	}
	_, err := authFlags{}.mode(false, ":8080")
	for _, way := range []string{`":8080"`, "--tls-cert", "--tls-key", "127.0.0.1:8080", "--insecure-plain-http"} {
		if !strings.Contains(err.Error(), way) {
			t.Errorf("%q does not name %s", err, way)
		}
	}
}
