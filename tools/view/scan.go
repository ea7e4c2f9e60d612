package view

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"
)

// deepest is how many arrays and objects may stand in one another. PostHog's
// own answers have a dozen; many a client's JSON parser takes no more than this.
const deepest = 1000

// nowhere is where something ends that is not valid.
const nowhere = -1

// scanner goes over a document. Its methods take where something begins and
// return where it ends, or nowhere; given nowhere, they return it.
type scanner struct {
	json []byte
	text Raw // the same memory
	// spaced says that white space was met, foreign that bytes were that are no
	// UTF-8.
	spaced, foreign bool
	// list is what was met of one, and items those of the array being read.
	list  List
	items []Raw
}

// at is the byte at i; zero, which no token has, where there is none.
func (s *scanner) at(i int) byte {
	if uint(i) >= uint(len(s.json)) {
		return 0
	}
	return s.json[i]
}

// space returns the end of the white space at i.
func (s *scanner) space(i int) int {
	if s.at(i) > ' ' {
		return i
	}
	return s.spaces(i)
}

func (s *scanner) spaces(i int) int {
	for c := s.at(i); c == ' ' || c == '\n' || c == '\t' || c == '\r'; c = s.at(i) {
		s.spaced = true
		i++
	}
	return i
}

func (s *scanner) value(i, depth int) int {
	switch s.at(i) {
	case '"':
		return s.quoted(i)
	case '{':
		return s.object(i, depth+1)
	case '[':
		return s.array(i, depth+1)
	case 't':
		return s.word(i, "true")
	case 'f':
		return s.word(i, "false")
	case 'n':
		return s.word(i, "null")
	}
	return s.number(i)
}

func (s *scanner) object(i, depth int) int {
	if depth > deepest {
		return nowhere
	}
	if i = s.space(i + 1); s.at(i) == '}' {
		return i + 1
	}
	for s.at(i) == '"' {
		name := i
		i = s.quoted(i)
		colon := s.space(i)
		if s.at(colon) != ':' {
			break
		}
		start := s.space(colon + 1)
		end := s.value(start, depth)
		if depth == 1 && end != nowhere {
			s.member(s.text[name:i], s.text[start:end])
		}
		switch i = s.space(end); s.at(i) {
		case ',':
			i = s.space(i + 1)
		case '}':
			return i + 1
		default:
			return nowhere
		}
	}
	return nowhere
}

func (s *scanner) array(i, depth int) int {
	if depth > deepest {
		return nowhere
	}
	if i = s.space(i + 1); s.at(i) == ']' {
		return i + 1
	}
	for {
		end := s.value(i, depth)
		if depth == 2 && end != nowhere {
			s.item(s.text[i:end])
		}
		switch i = s.space(end); s.at(i) {
		case ',':
			i = s.space(i + 1)
		case ']':
			return i + 1
		default:
			return nowhere
		}
	}
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

// quoted checks a string.
func (s *scanner) quoted(i int) int {
	for i++; i != nowhere; {
		i = s.plain(i)
		switch c := s.at(i); {
		case c == '"':
			return i + 1
		case c == '\\':
			i = s.escape(i + 1)
		case c >= utf8.RuneSelf:
			i = s.character(i)
		default:
			return nowhere // a control character, or the document's end
		}
	}
	return nowhere
}

// each has a bit in each of eight bytes, and high the highest.
const (
	each = 0x0101010101010101
	high = 0x80 * each
)

// plain returns where the first byte is that needs a look: a quote, a backslash,
// a control character or one beyond ASCII. It looks at eight at a time: to take
// n from a byte below n, or 1 from one that is zero, gives it its highest bit.
// What is borrowed for that is taken from bytes behind it, which don't count.
func (s *scanner) plain(i int) int {
	for ; i+8 <= len(s.json); i += 8 {
		x := binary.LittleEndian.Uint64(s.json[i:])
		found := (x | (x - ' '*each) | ((x ^ '"'*each) - each) | ((x ^ '\\'*each) - each)) & high
		if found != 0 {
			return i + bits.TrailingZeros64(found)/8
		}
	}
	for c := s.at(i); c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\'; c = s.at(i) {
		i++
	}
	return i
}

// escape checks what follows a backslash.
func (s *scanner) escape(i int) int {
	switch s.at(i) {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for n := 1; n <= 4; n++ {
			if !isHex(s.at(i + n)) {
				return nowhere
			}
		}
		return i + 5
	}
	return nowhere
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func (s *scanner) character(i int) int {
	r, size := utf8.DecodeRune(s.json[i:])
	s.foreign = s.foreign || r == utf8.RuneError && size == 1
	return i + size
}
