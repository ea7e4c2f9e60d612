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

// scanner checks a JSON text (RFC 8259) and finds its parts, in one pass and without
// memory of its own. Its methods take the index where something begins and return
// where it ends, or nowhere; given nowhere, they return it.
type scanner struct {
	text Raw
	// spaced means that there is white space between tokens.
	spaced bool
	// next is the index of the next part of the outermost value, whose last byte
	// is closing. It is nowhere if the text is not valid.
	next    int
	closing byte
	// name and value are the part that more found; an array's item has no name.
	name, value Raw
}

// begin begins to read a text whose parts are to be found with more. A value that
// has none is read to its end.
func begin(text Raw) scanner {
	s := scanner{text: text}
	start := s.space(0)
	if c := s.at(start); c == '{' || c == '[' {
		s.next, s.closing = s.first(start)
	} else {
		s.next = s.any(start, 0)
	}
	return s
}

// more finds the next part of the outermost value; false if there is none.
func (s *scanner) more() bool {
	if s.closing == 0 {
		return false
	}
	s.name, s.value, s.next, s.closing = s.part(s.next, 1, s.closing)
	return s.next != nowhere
}

// valid reports whether the text was one valid value, once there is no more of it.
func (s *scanner) valid() bool { return s.next != nowhere && s.space(s.next) == len(s.text) }

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

func (s *scanner) any(i, level int) int {
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
	i, closing := s.first(i)
	for closing != 0 {
		_, _, i, closing = s.part(i, level, closing)
	}
	return i
}

// first returns the index of the first part of the object or array at i, and the
// byte that closes it; 0 if it is empty, and the index is its end.
func (s *scanner) first(i int) (next int, closing byte) {
	closing = s.text[i] + 2 // } is { + 2, and ] is [ + 2
	if i = s.space(i + 1); s.at(i) == closing {
		return i + 1, 0
	}
	return i, closing
}

// part reads the part at i. It returns the index of the next one, or, with 0 for
// closing, the end of the object or array.
func (s *scanner) part(i, level int, closing byte) (name, value Raw, next int, _ byte) {
	if closing == '}' {
		end := nowhere
		if s.at(i) == '"' {
			end = s.quoted(i)
		}
		colon := s.space(end)
		if s.at(colon) != ':' {
			return "", "", nowhere, 0
		}
		name, i = s.text[i:end], s.space(colon+1)
	}
	end := s.any(i, level)
	if end == nowhere {
		return "", "", nowhere, 0
	}
	value = s.text[i:end]
	switch i = s.space(end); s.at(i) {
	case ',':
		return name, value, s.space(i + 1), closing
	case closing:
		return name, value, i + 1, 0
	}
	return "", "", nowhere, 0
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

// quoted reads a string. It tests eight bytes at a time: found has the highest bit
// of each quote, backslash and control character set, and perhaps of bytes behind
// one.
func (s *scanner) quoted(i int) int {
	const each, high = 0x0101010101010101, 0x8080808080808080
	t := s.text
	for i++; i != nowhere; {
		for ; i+8 <= len(t); i += 8 {
			x := uint64(t[i]) | uint64(t[i+1])<<8 | uint64(t[i+2])<<16 | uint64(t[i+3])<<24 |
				uint64(t[i+4])<<32 | uint64(t[i+5])<<40 | uint64(t[i+6])<<48 | uint64(t[i+7])<<56
			found := ((x - ' '*each) | ((x ^ '"'*each) - each) | ((x ^ '\\'*each) - each)) & ^x & high
			if found != 0 {
				i += bits.TrailingZeros64(found) / 8
				break
			}
		}
		switch c := s.at(i); {
		case c == '"':
			return i + 1
		case c == '\\':
			i = s.escape(i + 1)
		case c < ' ':
			return nowhere // a control character, or the end of the text
		default:
			i++
		}
	}
	return nowhere
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
