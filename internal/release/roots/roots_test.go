package roots_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"testing"

	"posthog-mcp/internal/release/roots"
)

func TestRootsAreAuthorities(t *testing.T) {
	var out bytes.Buffer
	if err := roots.Write(&out); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	rest := out.Bytes()
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if !certificate.IsCA {
			t.Errorf("%s is no authority", certificate.Subject)
		}
		names[certificate.Subject.CommonName] = true
	}
	if len(rest) != 0 || len(names) < 100 {
		t.Errorf("%d authorities and %d more bytes", len(names), len(rest))
	}
	// Amazon's, Let's Encrypt's and Google's: most of the web.
	for _, name := range []string{"Amazon Root CA 1", "ISRG Root X1", "GTS Root R1"} {
		if !names[name] {
			t.Errorf("%s is missing", name)
		}
	}
}
