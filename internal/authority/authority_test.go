package authority

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"mcp.example.com", "mcp.example.com"},
		{"MCP.Example.com.:8443", "mcp.example.com.:8443"},
		{"posthog_web:443", "posthog_web:443"},
		{"127.0.0.1:1", "127.0.0.1:1"},
		{"[2001:DB8:0::1]:65535", "[2001:db8::1]:65535"},
		{strings.Repeat("a", 253) + ".", strings.Repeat("a", 253) + "."},

		{"", ""}, {".", ""}, {"a..b", ""}, {"-a.b", ""}, {"a b", ""}, {"a:", ""}, {"a:0", ""}, {"a:080", ""}, {"a:65536", ""},
		{"user@a", ""}, {"a/b", ""}, {"*.a", ""}, {"a%20", ""}, {"postнog.com", ""},
		{"::1", ""}, {"[::1", ""}, {"[1.2.3.4]", ""}, {"[fe80::1%25eth0]", ""}, {strings.Repeat("a", 254), ""},
	} {
		if a, ok := Parse(c.in); ok != (c.want != "") || ok && a.String() != c.want {
			t.Errorf("Parse(%q) = %s, %t; want %q", c.in, a, ok, c.want)
		}
	}
}

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1:80": true, "127.9.9.9": true, "[::1]:80": true,
		"localhost.": false, "localhost.example.com": false, "127.1": false, "0.0.0.0": false, "[::]": false, "10.0.0.7": false,
	} {
		if a, ok := Parse(host); !ok || a.Loopback() != want {
			t.Errorf("%s: loopback %t", host, a.Loopback())
		}
	}
}

func TestDefaultPort(t *testing.T) {
	for in, want := range map[string]string{"https a:443": "a", "http a:80": "a", "https a:80": "a:80", "http a:443": "a:443", "ftp a:443": "a:443"} {
		scheme, host, _ := strings.Cut(in, " ")
		if a, _ := Parse(host); a.In(scheme).String() != want {
			t.Errorf("%s: %s", in, a.In(scheme))
		}
	}
}
