package view

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns s without invisible characters, which can hide words from a person
// and show them to a model. Characters that emoji and some scripts need stay in
// those places.
func Text(s string) string {
	if strings.IndexFunc(s, hidden) < 0 {
		return s
	}
	c := cleaner{out: make([]byte, 0, len(s))}
	for len(s) > 0 {
		s = s[c.take(s):]
	}
	return string(c.out)
}

// hidden reports whether r is invisible, everywhere or in some places. These are
// Unicode's Default_Ignorable_Code_Point, all other format and control characters,
// and a few symbols. Source: DerivedCoreProperties.txt.
func hidden(r rune) bool {
	if r < 0x7F {
		return r < ' ' && r != '\n' && r != '\t'
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r) || strings.ContainsRune(blanks, r)
}

// blanks are invisible symbols: an empty Braille cell, and a musical note without a head.
const blanks = "\u2800\U0001D159"

const (
	zeroWidthNonJoiner = '\u200C'
	zeroWidthJoiner    = '\u200D'
	emojiSelector      = '\uFE0F' // makes an emoji of a sign: ❤️
	keycap             = '\u20E3' // 1️⃣
	endOfTags          = '\U000E007F'
)

// subdivisions are the flags in use that are spelt with tags: those of England,
// Scotland and Wales. Source: emoji-sequences.txt.
var subdivisions = []string{
	"\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
	"\U0001F3F4\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F",
	"\U0001F3F4\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F",
}

// joining are the scripts that need joiners. Source: UAX #31, section 2.3.
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mongolian, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati,
	unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar,
}

// cleaner copies the visible characters of a text.
type cleaner struct {
	out []byte
	// last is the previous character; base is the previous one that is no mark.
	last, base rune
}

// take copies the first character of s if it is visible or needed; it returns its length.
func (c *cleaner) take(s string) int {
	for _, flag := range subdivisions {
		if strings.HasPrefix(s, flag) {
			c.out = append(c.out, flag...)
			c.last, c.base = endOfTags, 0
			return len(flag)
		}
	}
	r, size := utf8.DecodeRuneInString(s)
	next, _ := utf8.DecodeRuneInString(s[size:])
	switch {
	case !hidden(r) && !unicode.IsMark(r):
		c.base = r
	case hidden(r) && !c.needs(r, next):
		return size
	case hidden(r):
		c.base = 0 // a letter can have only one hidden character
	}
	c.out, c.last = utf8.AppendRune(c.out, r), r
	return size
}

// needs reports whether the hidden r is needed between the last character and next.
func (c *cleaner) needs(r, next rune) bool {
	if hidden(next) {
		next = 0
	}
	letter := (c.last == c.base || unicode.IsMark(c.last)) && unicode.In(c.base, joining...)
	switch {
	case r == emojiSelector:
		return pictograph(c.last) || next == keycap && strings.ContainsRune("0123456789#*", c.last)
	case r == zeroWidthJoiner && letter:
		return true // also at the end of a word: ه‍
	case r == zeroWidthJoiner:
		return (pictograph(c.last) || c.last == emojiSelector) && pictograph(next)
	case r == zeroWidthNonJoiner:
		return letter && unicode.In(next, joining...)
	case r >= 0x180B && r <= 0x180F: // Mongolian selectors and the vowel separator
		return letter && unicode.Is(unicode.Mongolian, c.base)
	}
	return false
}

// pictograph reports whether r can be part of an emoji: a symbol, or one of a few
// characters in other categories.
func pictograph(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || unicode.Is(unicode.So, r) && r != utf8.RuneError || strings.ContainsRune("‼⁉ℹ↔◻◼◽◾⤴⤵〰〽", r)
}
