package page

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
)

// policy lets the browser use this style and this script and nothing else: not
// even what a title from somewhere could smuggle in, if one ever stood here.
// The icon is part of the page, as a data: URL.
func policy(style, script string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"style-src " + hash(style),
		"script-src " + hash(script),
		"img-src data:",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}

// hash is a source that allows the inline text.
// Source: Content Security Policy Level 3, section 2.3.1.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// protect sets what keeps other pages away from this one.
func protect(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	// It tells of this moment.
	h.Set("Cache-Control", "no-store")
}
