package cli

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// mostMarks is the most marks on one letter: no language uses more. More marks reach
// into the lines above and below.
const mostMarks = 3

// Plain is a text on one line, with a dot in the place of each control character.
// Characters that join two signs into one are left out, since terminals disagree about
// the width of the result.
func Plain(text string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		marks++
		if !isMark(r) {
			marks = 0
		}
		switch {
		case marks > mostMarks, r == '\u200d', r == '\ufe0e', r == '\ufe0f': // joiner, variation selectors
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

// Width is the number of columns that a plain text takes.
func Width(text string) (columns int) {
	for _, r := range text {
		columns += runeWidth(r)
	}
	return columns
}

func runeWidth(r rune) int {
	switch kind := width.LookupRune(r).Kind(); {
	case r < 0x300:
		return 1 // no wide characters and no marks below
	case isMark(r), 0x1160 <= r && r <= 0x11ff: // Hangul that joins the letter before
		return 0
	case kind == width.EastAsianWide, kind == width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut shortens a plain text to a width, with … at the end.
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

// word matches what [Fold] keeps together.
var word = regexp.MustCompile(`[^ ,]*(?:, *| +|$)`)

// Fold breaks a text into plain lines of at most that width: at its own line breaks, at
// blanks and after commas. A longer word, such as an address, stays whole, so that it
// can be copied.
func Fold(text string, columns int) (lines []string) {
	for paragraph := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		line := ""
		for _, next := range word.FindAllString(Plain(paragraph), -1) {
			if line != "" && Width(line)+Width(strings.TrimRight(next, " ")) > columns {
				lines, line = append(lines, strings.TrimRight(line, " ")), ""
			}
			line += next
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
	return lines
}
