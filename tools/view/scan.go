package view

import (
	"math/bits"
	"strings"
)

// deepest is the most levels of nesting. PostHog's own answers have a dozen, and
// the JSON parsers of many clients accept no more than this.
const deepest = 1000

// nowhere is the end of what is not valid.
const nowhere = -1

// scanner checks a JSON text (RFC 8259) and finds its parts, in one pass. Its
// methods take the index where something begins and return where it ends, or
// nowhere; given nowhere, they return it.
//
// Measured with a list of 20 subscriptions, 19 KB: gjson takes 110 µs to check the
// text and find the members of each item, this 45 µs.
type scanner struct {
	text Raw
	// spaced means that there is white space between tokens.
	spaced bool
	// found gets each member of the outermost object, or, with an empty name, each
	// item of the outermost array; nil where it has returned false.
	found func(name, value Raw) bool
}

// whole reports whether the text is one valid value, and returns it.
func (s *scanner) whole() (value Raw, valid bool) {
	start := s.space(0)
	end := s.value(start, 0)
	if end == nowhere || s.space(end) != len(s.text) {
		return "", false
	}
	return s.text[start:end], true
}

// at returns the byte at i; 0, which begins no token, if there is none.
func (s *scanner) at(i int) byte {
	if uint(i) >= uint(len(s.text)) {
		return 0
	}
	return s.text[i]
}

func (s *scanner) space(i int) int {
	for c := s.at(i); c == ' ' || c == '\n' || c == '\t' || c == '\r'; c = s.at(i) {
		s.spaced = true
		i++
	}
	return i
}

func (s *scanner) value(i, level int) int {
	switch s.at(i) {
	case '"':
		return s.quoted(i)
	case '{', '[':
		if level == deepest {
			return nowhere
		}
		return s.parts(i, level+1)
	case 't':
		return s.word(i, "true")
	case 'f':
		return s.word(i, "false")
	case 'n':
		return s.word(i, "null")
	}
	return s.number(i)
}

// parts reads an object or an array.
func (s *scanner) parts(i, level int) int {
	object, closing := s.text[i] == '{', s.text[i]+2 // } is { + 2, and ] is [ + 2
	if i = s.space(i + 1); s.at(i) == closing {
		return i + 1
	}
	for {
		name := Raw("")
		if object {
			end := s.name(i)
			colon := s.space(end)
			if s.at(colon) != ':' {
				return nowhere
			}
			name, i = s.text[i:end], s.space(colon+1)
		}
		end := s.value(i, level)
		if end == nowhere {
			return nowhere
		}
		if level == 1 && s.found != nil && !s.found(name, s.text[i:end]) {
			s.found = nil
		}
		switch i = s.space(end); s.at(i) {
		case ',':
			i = s.space(i + 1)
		case closing:
			return i + 1
		default:
			return nowhere
		}
	}
}

func (s *scanner) name(i int) int {
	if s.at(i) != '"' {
		return nowhere
	}
	return s.quoted(i)
}

func (s *scanner) word(i int, word string) int {
	if strings.HasPrefix(string(s.text[i:]), word) {
		return i + len(word)
	}
	return nowhere
}

func (s *scanner) number(i int) int {
	if s.at(i) == '-' {
		i++
	}
	if s.at(i) == '0' {
		i++ // no other digit may follow
	} else {
		i = s.digits(i)
	}
	if s.at(i) == '.' {
		i = s.digits(i + 1)
	}
	if c := s.at(i); c == 'e' || c == 'E' {
		if i++; s.at(i) == '+' || s.at(i) == '-' {
			i++
		}
		i = s.digits(i)
	}
	return i
}

func (s *scanner) digits(i int) int {
	start := i
	for c := s.at(i); c >= '0' && c <= '9'; c = s.at(i) {
		i++
	}
	if i == start {
		return nowhere
	}
	return i
}

// quoted reads a string.
func (s *scanner) quoted(i int) int {
	for i++; ; {
		i = s.plain(i)
		switch s.at(i) {
		case '"':
			return i + 1
		case '\\':
			if i = s.escape(i + 1); i == nowhere {
				return nowhere
			}
		default:
			return nowhere // a control character, or the end of the text
		}
	}
}

// plain returns the index of the next quote, backslash or control character. It
// tests eight bytes at a time: found has the highest bit of each such byte set,
// and perhaps of bytes behind one.
func (s *scanner) plain(i int) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	t := s.text
	for ; i+8 <= len(t); i += 8 {
		x := uint64(t[i]) | uint64(t[i+1])<<8 | uint64(t[i+2])<<16 | uint64(t[i+3])<<24 |
			uint64(t[i+4])<<32 | uint64(t[i+5])<<40 | uint64(t[i+6])<<48 | uint64(t[i+7])<<56
		found := ((x - ' '*each) | ((x ^ '"'*each) - each) | ((x ^ '\\'*each) - each)) & ^x & high
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for c := s.at(i); c >= ' ' && c != '"' && c != '\\'; c = s.at(i) {
		i++
	}
	return i
}

// escape reads what follows a backslash.
func (s *scanner) escape(i int) int {
	switch s.at(i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for n := 1; n <= 4; n++ {
			if strings.IndexByte("0123456789abcdefABCDEF", s.at(i+n)) < 0 {
				return nowhere
			}
		}
		return i + 5
	}
	return nowhere
}
