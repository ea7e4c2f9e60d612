// Command roots prints the certificates that an image checks PostHog's with:
// Mozilla's certificate authorities in PEM, as the pinned module has them, so that
// an image is the same on every machine. Those which Mozilla trusts under a
// condition are left out: PEM cannot say one.
package main

import (
	"encoding/pem"
	"log"
	"os"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

func main() {
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		if err := pem.Encode(os.Stdout, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			log.Fatal(err)
		}
	}
}
