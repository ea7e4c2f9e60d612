package posthog

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math/bits"
	"strings"
	"unicode/utf8"

	"posthog-mcp/tools"
	"posthog-mcp/tools/view"
)

// secret finds a key in an answer. A server or a proxy can echo a request, and the
// caller who reads the answer may not be the key's owner.
type secret struct {
	key    form    // in lower case
	base64 [3]form // by the key's offset in the encoded bytes, modulo 3
	hex    form
	starts [256]bool // the first bytes of all forms, and of escaped characters
}

// form is one encoding of a key.
type form struct {
	text []byte
	// rarest is the index in text of its rarest byte in PostHog's answers. The
	// search looks for that byte.
	rarest int
	fold   bool // text is in lower case and matches any case
}

func newSecret(k Key) *secret {
	plain := []byte("\x00\x00" + k.Reveal())
	s := &secret{
		key: newForm(bytes.ToLower(plain[2:]), true),
		hex: newForm(hex.AppendEncode(nil, plain[2:]), true),
	}
	for before := range s.base64 {
		// The ends of the encoded text depend on the bytes around the key.
		text := base64.RawStdEncoding.AppendEncode(nil, plain[2-before:])
		s.base64[before] = newForm(text[(before*8+5)/6:(before+len(k))*8/6], false)
		s.starts[s.base64[before].text[0]] = true
	}
	for _, b := range []byte{s.key.text[0], upper(s.key.text[0]), s.hex.text[0], '\\', '%', '&'} {
		s.starts[b] = true
	}
	return s
}

func newForm(text []byte, fold bool) form {
	f := form{text, len(text) - 1, fold}
	for _, rare := range []byte("ZQXKJYVqzxjVWkyKwvBGHPfbg98d74c6a53") {
		if at := bytes.IndexByte(text, rare); at >= 0 {
			f.rarest = at
			return f
		}
	}
	return f
}

// redact removes the known keys from the result of an attempt.
func (c *Client) redact(key Key, res *tools.Response, f *tools.Failure) {
	known := []Key{key}
	if own := *c.key; own != "" && own != key {
		known = append(known, own)
	}
	for _, k := range known {
		s := newSecret(k)
		if res != nil {
			res.Body, res.ContentType = s.remove(res.Body), s.removeText(res.ContentType)
		}
		if f == nil {
			continue
		}
		f.Target = s.removeText(f.Target)
		if f.Err == nil {
			continue
		}
		if text := f.Err.Error(); s.removeText(text) != text { // in a certificate
			f.Err = errors.New(s.removeText(text))
		}
	}
}

func (s *secret) removeText(text string) string { return string(s.remove([]byte(text))) }

// remove returns text without the key. It finds the key in any case, in base64 or
// hex, with characters escaped as in JSON, URLs or HTML, and with invisible
// characters in between. It returns text itself if there is nothing to remove.
func (s *secret) remove(text []byte) []byte {
	plain := s.key.in(text) || s.base64[0].in(text) || s.base64[1].in(text) || s.base64[2].in(text) || s.hex.in(text)
	var clean []byte
	kept := 0 // clean has the text up to here
	for i, next := 0, -1; i < len(text); i++ {
		if !plain && next < i {
			// Only a disguised key can be there. It begins at most its own length before
			// its first peculiar byte.
			at := peculiar(text[i:])
			if at < 0 {
				break
			}
			next = i + at
			i = max(i, next-len(s.key.text))
		}
		if !s.starts[text[i]] {
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

// peculiar returns the index of the first byte beyond ASCII, control character,
// backslash, percent sign or ampersand; -1 for none. It tests eight bytes at a
// time: found has the highest bit of each such byte set, and perhaps of bytes
// behind one.
func peculiar(text []byte) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(text); i += 8 {
		x := binary.LittleEndian.Uint64(text[i:])
		found := x | (x - ' '*each) | ((x ^ '\\'*each) - each) | ((x ^ '%'*each) - each) | ((x ^ '&'*each) - each) | ((x ^ 0x7F*each) - each)
		if found &= high; found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for ; i < len(text); i++ {
		if b := text[i]; b < ' ' || b >= 0x7F || b == '\\' || b == '%' || b == '&' {
			return i
		}
	}
	return -1
}

// in reports whether text contains the form.
func (f form) in(text []byte) bool {
	rare := f.text[f.rarest]
	return f.around(rare, text) || f.fold && upper(rare) != rare && f.around(upper(rare), text)
}

// around looks for the form at every place where text has the byte.
func (f form) around(rare byte, text []byte) bool {
	for from := f.rarest; from < len(text); from++ {
		i := bytes.IndexByte(text[from:], rare)
		if i < 0 {
			return false
		}
		from += i
		if f.begins(text[from-f.rarest:]) {
			return true
		}
	}
	return false
}

// begins reports whether text begins with the form.
func (f form) begins(text []byte) bool {
	n := len(f.text)
	if len(text) < n {
		return false
	}
	return f.fold && bytes.EqualFold(text[:n], f.text) || bytes.Equal(text[:n], f.text)
}

// match returns how many bytes at the beginning of text are the key; 0 for none.
func (s *secret) match(text []byte) int {
	for _, f := range []*form{&s.base64[0], &s.base64[1], &s.base64[2], &s.hex} {
		if text[0] == f.text[0] && f.begins(text) {
			return len(f.text)
		}
	}
	at := 0
	for i := 0; i < len(s.key.text); {
		char, n := character(text[at:])
		if n == 0 || char != s.key.text[i] && (char != hiddenChar || i == 0) {
			return 0
		}
		if char != hiddenChar {
			i++
		}
		at += n
	}
	return at
}

// hiddenChar stands for an invisible character. Results are freed of those later,
// which joins the characters around them.
const hiddenChar = 0

// mostNested is how many times a character may have been escaped.
const mostNested = 8

// character decodes the first character of text, in lower case, and returns its
// length in bytes. The length is 0 for a character that no key has.
func character(text []byte) (char byte, n int) {
	if len(text) == 0 {
		return 0, 0
	}
	switch b := text[0]; {
	case b == '\\':
		return backslashed(text)
	case b == '%':
		n = 1
		for i := 0; i < mostNested && bytes.HasPrefix(text[n:], []byte("25")); i++ {
			n += 2
		}
		return coded(text, n, 2, 16)
	case b == '&':
		return entity(text)
	case b >= utf8.RuneSelf || b < ' ' || b == 0x7F:
		r, n := utf8.DecodeRune(text)
		if view.Text(string(r)) == "" {
			return hiddenChar, n
		}
		return 0, 0
	default:
		return lower(b), 1
	}
}

// backslashed reads an escape of JSON or a programming language.
func backslashed(text []byte) (char byte, n int) {
	for n < mostNested && n < len(text) && text[n] == '\\' {
		n++
	}
	if n == len(text) {
		return 0, 0
	}
	switch text[n] {
	case 'u':
		return coded(text, n+1, 4, 16)
	case 'x':
		return coded(text, n+1, 2, 16)
	case 'b', 'f', 'r': // control characters
		return hiddenChar, n + 1
	}
	return 0, 0
}

// entity reads a numeric character reference of HTML.
func entity(text []byte) (char byte, n int) {
	digits, _, ended := bytes.Cut(text[:min(len(text), 16)], []byte(";"))
	number, isOne := bytes.CutPrefix(digits, []byte("&#"))
	if !ended || !isOne {
		return 0, 0
	}
	base := 10
	if len(number) > 0 && lower(number[0]) == 'x' {
		number, base = number[1:], 16
	}
	char, n = coded(number, 0, len(number), base)
	if n == 0 {
		return 0, 0
	}
	return char, len(digits) + 1
}

// coded reads a character's number, whose digits begin at from.
func coded(text []byte, from, digits, base int) (char byte, n int) {
	if digits == 0 || from+digits > len(text) {
		return 0, 0
	}
	number := 0
	for _, b := range text[from : from+digits] {
		digit := strings.IndexByte("0123456789abcdef"[:base], lower(b))
		if digit < 0 || number > utf8.MaxRune {
			return 0, 0
		}
		number = number*base + digit
	}
	switch r := rune(number); {
	case r >= ' ' && r < 0x7F:
		return lower(byte(r)), from + digits
	case !utf8.ValidRune(r) || view.Text(string(r)) == "": // half a surrogate pair may belong to an invisible character
		return hiddenChar, from + digits
	}
	return 0, 0
}

func lower(b byte) byte {
	if b >= 'A' && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}
