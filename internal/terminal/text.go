package terminal

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// mostMarks is how many marks may stand on one letter: as many as languages
// use. More of them reach into the lines above and below.
const mostMarks = 3

// Plain is a text on one line, without what a terminal would act upon. What is
// left out is shown as a dot; what joins two signs into one goes without, since
// terminals differ in how wide the result is.
func Plain(text string) string {
	marks := 0
	return strings.Map(func(r rune) rune {
		mark := unicode.In(r, unicode.Mn, unicode.Me)
		if !mark {
			marks = 0
		}
		switch {
		case r == '\u200d', r == '\ufe0e', r == '\ufe0f': // joiner, variation selectors
			return -1
		case mark:
			if marks++; marks > mostMarks {
				return -1
			}
			return r
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return '·'
		}
		return r
	}, text)
}

// Width is how many columns a plain text takes.
func Width(text string) (columns int) {
	for _, r := range text {
		columns += runeWidth(r)
	}
	return columns
}

func runeWidth(r rune) int {
	if r < 0x300 {
		return 1 // no wide ones, and no marks, below
	}
	if unicode.In(r, unicode.Mn, unicode.Me) || 0x1160 <= r && r <= 0x11ff { // marks, and Hangul that joins the letter before
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
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

// Fold breaks a text into plain lines of at most that width: where it has lines
// of its own, at blanks, and after commas. A longer word, as an address to be
// copied, stays whole.
func Fold(text string, columns int) (lines []string) {
	for paragraph := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, foldLine(Plain(paragraph), columns)...)
	}
	return lines
}

func foldLine(text string, columns int) []string {
	lines, last, used := []string{""}, 0, 0
	text = strings.ReplaceAll(strings.ReplaceAll(text, ",", ",\x00"), "\x00 ", " ") // a plain text has no NUL
	for _, word := range strings.SplitAfter(text, " ") {
		for part := range strings.SplitSeq(word, "\x00") {
			size := Width(strings.TrimRight(part, " "))
			if used > 0 && used+size > columns {
				lines[last] = strings.TrimRight(lines[last], " ")
				lines, last, used = append(lines, ""), last+1, 0
			}
			lines[last] += part
			used += Width(part)
		}
	}
	lines[last] = strings.TrimRight(lines[last], " ")
	return lines
}
