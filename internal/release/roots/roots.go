// Package roots has the certificates that PostHog's is checked against where
// the system brings none: in an image.
package roots

import (
	"encoding/pem"
	"io"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// Path is where Go looks for certificates first on Linux. SSL_CERT_FILE names
// another file.
const Path = "/etc/ssl/certs/ca-certificates.crt"

// Write writes Mozilla's certificate authorities in PEM, as the pinned module
// has them, so that an image is the same on every machine. Those which Mozilla
// trusts under a condition are left out: PEM cannot say one.
func Write(w io.Writer) error {
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		if err := pem.Encode(w, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return err
		}
	}
	return nil
}
