package cli

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// mostMarks is how many marks may stand on one letter: as many as languages
// use. More of them reach into the lines above and below.
const mostMarks = 3

// Plain is a text on one line, without the characters that a terminal acts upon:
// a dot stands for each. Characters that join two signs into one are left out,
// since terminals differ in how wide the result is.
func Plain(text string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		if !isMark(r) {
			marks = 0
		} else if marks++; marks > mostMarks {
			return -1
		}
		switch {
		case r == '\u200d', r == '\ufe0e', r == '\ufe0f': // joiner, variation selectors
			return -1
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '·'
		}
		return r
	}, text)
}

func isMark(r rune) bool { return unicode.In(r, unicode.Mn, unicode.Me) }

// Width is how many columns a plain text takes.
func Width(text string) (columns int) {
	for _, r := range text {
		columns += runeWidth(r)
	}
	return columns
}

func runeWidth(r rune) int {
	switch kind := width.LookupRune(r).Kind(); {
	case r < 0x300:
		return 1 // no wide ones, and no marks, below
	case isMark(r), 0x1160 <= r && r <= 0x11ff: // Hangul that joins the letter before
		return 0
	case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut shortens a plain text to a width, and shows by … that it did.
func Cut(text string, columns int) string {
	if Width(text) <= columns {
		return text
	}
	used := 1 // the …
	for i, r := range text {
		if used += runeWidth(r); used > columns {
			return strings.TrimRight(text[:i], " ") + "…"
		}
	}
	return text
}

// Pad fills a plain text up to a width.
func Pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(columns-Width(text), 0))
}

// Fold breaks a text into plain lines of at most that width: at its own line
// breaks, at blanks, and after commas. A longer word, such as an address to be
// copied, stays whole.
func Fold(text string, columns int) (lines []string) {
	for paragraph := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		line := ""
		for _, word := range breakable(Plain(paragraph)) {
			if line != "" && Width(line)+Width(strings.TrimRight(word, " ")) > columns {
				lines, line = append(lines, strings.TrimRight(line, " ")), ""
			}
			line += word
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}

// breakable are the pieces of a text that stay whole, with the blanks behind
// them.
func breakable(text string) (words []string) {
	for word := range strings.SplitAfterSeq(text, " ") {
		for piece := range strings.SplitAfterSeq(word, ",") {
			if n := len(words); piece == " " && n > 0 {
				words[n-1] += piece
				continue
			}
			words = append(words, piece)
		}
	}
	return words
}
