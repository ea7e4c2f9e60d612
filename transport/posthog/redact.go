package posthog

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// redact removes the known keys from the result of an attempt. A server or a proxy can
// echo a request, and the caller who reads the answer may not be the key's owner.
func (c *Client) redact(key Key, res *engine.Response, f *engine.Failure) {
	known := []Key{key}
	if own := *c.key; own != "" && own != key {
		known = append(known, own)
	}
	for _, k := range known {
		s := newSecret(k)
		if res != nil {
			res.Body, res.ContentType = s.remove(res.Body), s.removeText(res.ContentType)
		}
		if f != nil {
			f.Target = s.removeText(f.Target)
		}
		if f != nil && f.Err != nil && s.removeText(f.Err.Error()) != f.Err.Error() { // in a certificate
			f.Err = errors.New(s.removeText(f.Err.Error()))
		}
	}
}

// secret finds a key in an answer.
type secret struct {
	// forms are the key itself, in hexadecimal, and in base64 by the key's offset in the
	// encoded bytes, modulo 3. All are in lower case and match any case.
	forms [5]string
	// begins and goesOn have the first and the second bytes of all forms, and those of
	// every character that is not plain.
	begins, goesOn [256]bool
}

func newSecret(k Key) *secret {
	padded := "\x00\x00" + k.Reveal()
	s := &secret{forms: [5]string{k.Reveal(), hex.EncodeToString([]byte(k.Reveal()))}}
	for before := range 3 {
		// The ends of the encoded text depend on the bytes around the key.
		text := base64.RawStdEncoding.EncodeToString([]byte(padded[2-before:]))
		s.forms[2+before] = text[(before*8+5)/6 : (before+len(k))*8/6]
	}
	for b, lower := range plain {
		s.begins[b], s.goesOn[b] = lower == 0, lower == 0
	}
	for i, form := range s.forms {
		s.forms[i] = strings.ToLower(form)
		for _, text := range []string{s.forms[i], strings.ToUpper(form[:2])} {
			s.begins[text[0]], s.goesOn[text[1]] = true, true
		}
	}
	return s
}

func (s *secret) removeText(text string) string { return string(s.remove([]byte(text))) }

// remove returns text without the key. It finds the key in any case, in base64 or
// hex, with characters escaped as in JSON, URLs or HTML, and with invisible
// characters in between. It returns text itself if there is nothing to remove.
func (s *secret) remove(text []byte) []byte {
	var clean []byte
	kept := 0 // clean has the text up to here
	for i := 0; i < len(text); i++ {
		if !s.begins[text[i]] || plain[text[i]] != 0 && i+1 < len(text) && !s.goesOn[text[i+1]] {
			continue
		}
		n := s.match(text[i:])
		if n == 0 {
			continue
		}
		clean = append(append(clean, text[kept:i]...), redacted...)
		kept = i + n
		i = kept - 1
	}
	if kept == 0 {
		return text
	}
	return append(clean, text[kept:]...)
}

// match returns how many bytes at the beginning of text are the key; 0 for none.
func (s *secret) match(text []byte) int {
	first, n := character(text)
	for _, form := range s.forms {
		if form[0] != first {
			continue
		}
		at, found := n, 1
		for found < len(form) {
			char, n := character(text[at:])
			if char == form[found] {
				found++
			} else if char != hiddenChar {
				break
			}
			at += n
		}
		if found == len(form) {
			return at
		}
	}
	return 0
}

const (
	// noChar stands for a character that no key has, and for the end of the text.
	noChar = 0
	// hiddenChar stands for an invisible character. Results are freed of those later,
	// which joins the characters around them.
	hiddenChar = 1
)

// escape matches a character that was escaped, up to eight times over, as in JSON or a
// programming language, in a URL and in HTML. Each group is the number of a character, in
// the base at the same index; a control character has none.
var (
	escape = regexp.MustCompile(`^(?:\\{1,8}(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|[bfr])|` +
		`%(?:25){0,8}([0-9A-Fa-f]{2})|&#[Xx]([0-9A-Fa-f]{1,7});|&#([0-9]{1,7});)`)
	bases = [...]int{16, 16, 16, 16, 10}
)

const longestEscape = 20

// plain has the printable characters of ASCII in lower case, but not the signs with which
// an escaped character begins.
var plain = func() (plain [256]byte) {
	for b := byte(' '); b < unicode.MaxASCII; b++ {
		if b != '\\' && b != '%' && b != '&' {
			plain[b] = byte(unicode.ToLower(rune(b)))
		}
	}
	return plain
}()

// character decodes the first character of text, in lower case, and returns its
// length in bytes.
func character(text []byte) (char byte, n int) {
	if len(text) == 0 {
		return noChar, 0
	}
	if lower := plain[text[0]]; lower != 0 {
		return lower, 1
	}
	r, n := utf8.DecodeRune(text)
	if r < utf8.RuneSelf && unicode.IsPrint(r) {
		found := escape.FindSubmatch(text[:min(len(text), longestEscape)])
		if found == nil {
			return noChar, n
		}
		r, n = '\b', len(found[0])
		for i, digits := range found[1:] {
			if number, err := strconv.ParseUint(string(digits), bases[i], 32); err == nil {
				r = rune(number)
			}
		}
	}
	switch {
	case r >= ' ' && r < unicode.MaxASCII:
		return byte(unicode.ToLower(r)), n
	case !utf8.ValidRune(r) || view.Text(string(r)) == "": // half a surrogate pair may belong to an invisible character
		return hiddenChar, n
	}
	return noChar, n
}
