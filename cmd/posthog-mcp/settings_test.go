package main

import (
	"strings"
	"testing"
)

// TestCheckVariables holds which variables with our prefix are no mistake.
func TestCheckVariables(t *testing.T) {
	parser, err := newParser(&commands{}, console{})
	if err != nil {
		t.Fatal(err)
	}
	for variable, meant := range map[string]string{
		"POSTHOG_MCP_READ_ONLY=true":             "",
		"POSTHOG_MCP_ADDR=":                      "",
		"POSTHOG_MCP_LOG_LEVEL=info":             "",
		"POSTHOG_MCP_TOKEN=abc":                  "", // a client's, beside its own server
		"POSTHOG_MCP_VERSION=1.2.3":              "", // a packager's
		"POSTHOG_HOST=eu":                        "",
		"POSTHOG_API_KEY=x":                      "",
		"OTHER=1":                                "",
		"POSTHOG_MCP_READONLY=true":              "POSTHOG_MCP_READ_ONLY",
		"POSTHOG_MCP_READONLY=":                  "POSTHOG_MCP_READ_ONLY",
		"POSTHOG_MCP_readOnly=1":                 "POSTHOG_MCP_READ_ONLY",
		"POSTHOG_MCP_READ-ONLY=1":                "POSTHOG_MCP_READ_ONLY",
		"POSTHOG_MCP_ALLOW_EMAIL_DOMAIN=a.b":     "POSTHOG_MCP_ALLOW_EMAIL_DOMAINS",
		"POSTHOG_MCP_ALLOWED_EMAIL_DOMAINS=a.b":  "POSTHOG_MCP_ALLOW_EMAIL_DOMAINS",
		"POSTHOG_MCP_AUDIT_=x":                   "POSTHOG_MCP_AUDIT",
		"POSTHOG_MCP_TOOLSET=users":              "POSTHOG_MCP_TOOLSETS",
		"POSTHOG_MCP_PORT=8080":                  "POSTHOG_MCP_HOST",
		"POSTHOG_MCP_HTTP_PORT=8080":             "POSTHOG_MCP_HTTP",
		"POSTHOG_MCP_LEVEL=debug":                "POSTHOG_MCP_LOG_LEVEL",
		"POSTHOG_MCP_FORMAT=json":                "POSTHOG_MCP_LOG_FORMAT",
		"POSTHOG_MCP_EXCLUDE=users-destroy":      "POSTHOG_MCP_EXCLUDE_TOOLS",
		"POSTHOG_MCP_PUBLIC=https://a.example":   "POSTHOG_MCP_PUBLIC_URL",
		"POSTHOG_MCP_CERT=cert.pem":              "POSTHOG_MCP_TLS_CERT",
		"POSTHOG_MCP_SERVICE_HOST=10.0.0.1":      "",
		"POSTHOG_MCP_SERVICE_PORT=80":            "",
		"POSTHOG_MCP_SERVICE_PORT_HTTP=80":       "",
		"POSTHOG_MCP_PORT=tcp://10.0.0.1:80":     "",
		"POSTHOG_MCP_PORT_80_TCP=tcp://10.0.0.1": "",
		"POSTHOG_MCP_PORT_80_TCP_PROTO=tcp":      "",
		"POSTHOG_MCP_PORT_80_TCP_PORT=80":        "",
		"POSTHOG_MCP_PORT_8080_TCP_ADDR=1.2.3.4": "",
		"POSTHOG_MCP_PORT_53_UDP_ADDR=1.2.3.4":   "",

		"POSTHOG_MCP_VALKEY_SERVICE_HOST=10.0.0.2":        "",
		"POSTHOG_MCP_VALKEY_PORT=tcp://10.0.0.2:6379":     "",
		"POSTHOG_MCP_VALKEY_PORT_6379_TCP_ADDR=10.0.0.2":  "",
		"POSTHOG_MCP_HEADLESS_SERVICE_PORT_METRICS=9090":  "",
		"POSTHOG_MCP_A_B_PORT_9090_SCTP=sctp://10.0.0.2:": "",
	} {
		err := checkVariables(parser.Model.Node, []string{variable})
		switch {
		case meant == "" && err != nil:
			t.Errorf("%s: %v", variable, err)
		case meant != "" && (err == nil || !strings.HasSuffix(err.Error(), "there is no such setting; did you mean "+meant+"?")):
			t.Errorf("%s: %v, want %s", variable, err, meant)
		}
	}
}
