package view_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"posthog-mcp/tools/view"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ given, want string }{
		{`{"a":"plain"}`, `{"a":"plain"}`},
		{`{"a":"é ü 漢字 العربية עברית 👍🏽"}`, `{"a":"é ü 漢字 العربية עברית 👍🏽"}`},
		{"{\"a\":\"x\u200by\u202ez\"}", `{"a":"xyz"}`},
		{`{"a":"x\u200by\u202Ez"}`, `{"a":"xyz"}`},
		{"{\"a\u2060b\":1}", `{"ab":1}`},
		{"{\"a\":\"\U000E0041\U000E0042hi\"}", `{"a":"hi"}`}, // tags
		{`{"a":"\udb40\udc41hi"}`, `{"a":"hi"}`},             // the same, escaped
		{"{\"a\":\"hi\U000E0101\uFE01\"}", `{"a":"hi"}`},     // variation selectors
		{"{\"a\":\"❤\uFE0F\"}", "{\"a\":\"❤\uFE0F\"}"},       // a visible one
		{"{\"a\":\"\u3164\u2800\u00AD\uFEFF\"}", `{"a":""}`},
		{`{"a":"line\nbreak\ttab\u0007bell"}`, `{"a":"line\nbreak\ttabbell"}`},
		{`{"a":"\\u200b","b":"\"","c":[1,"\u00e9"]}`, `{"a":"\\u200b","b":"\"","c":[1,"\u00e9"]}`},
	} {
		if diff := cmp.Diff(c.want, string(view.Clean([]byte(c.given)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.given, diff)
		}
	}
}

// Any document keeps its shape and its visible characters, and loses all hidden
// ones.
func TestCleanKeepsWhatIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := hiding().Draw(t, "text")
		document, err := json.Marshal(map[string]any{"id": 1, "list": []string{text}})
		if err != nil {
			t.Fatal(err)
		}
		var got struct{ List []string }
		if err := json.Unmarshal(view.Clean(document), &got); err != nil {
			t.Fatal(err)
		}
		if want := view.Text(strings.ToValidUTF8(text, "\uFFFD")); got.List[0] != want {
			t.Fatalf("%q became %q, not %q", text, got.List[0], want)
		}
		for _, r := range withoutNeeded(got.List[0]) {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || ignorable(r) {
				t.Fatalf("%q has %U left", got.List[0], r)
			}
		}
		if again := view.Text(got.List[0]); again != got.List[0] {
			t.Fatalf("%q became %q the second time", got.List[0], again)
		}
		if before, after := visible(strings.ToValidUTF8(text, "\uFFFD")), visible(got.List[0]); before != after {
			t.Fatalf("%q lost something: %q", text, after)
		}
	})
}

// hiding draws texts with hidden characters, some of them needed.
func hiding() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.Map(rapid.Rune(), func(r rune) string { return string(r) }),
		rapid.Map(rapid.RuneFrom(nil, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector), func(r rune) string { return string(r) }),
		rapid.SampledFrom([]string{
			"\u200c", "\u200d", "\u200d", "\ufe0f", "\ufe0f", "\u20e3", "1", "#", "👩", "🏽", "❤", "🏴", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "\U000E0067",
			"م", "ی", "\u064f", "क", "\u094d", "ष", "න", "\u0dca", "ᠠ", "\u180b", "\u180e", "a", "é", " ",
		}),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 12), func(pieces []string) string { return strings.Join(pieces, "") })
}

// ignorable is Default_Ignorable_Code_Point as DerivedCoreProperties.txt derives
// it, plus the format characters outside it, which are invisible too.
func ignorable(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector, unicode.Cf) &&
		!unicode.In(r, unicode.Prepended_Concatenation_Mark, unicode.White_Space)
}

// visible returns the visible characters of a text.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if ignorable(r) || unicode.IsControl(r) || r == '\u2800' || r == '\U0001D159' {
			return -1
		}
		return r
	}, text)
}

const (
	emoji  = `[\p{So}‼⁉ℹ↔◻-◾⤴⤵〰〽\x{1F000}-\x{1FAFF}]`
	script = `[\p{Arabic}\p{Syriac}\p{Nko}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Myanmar}]`
)

// needed has the only places for hidden characters, with their neighbours.
var needed = []*regexp.Regexp{
	regexp.MustCompile(`(\x{1F3F4})\x{E0067}\x{E0062}(?:\x{E0065}\x{E006E}\x{E0067}|\x{E0073}\x{E0063}\x{E0074}|\x{E0077}\x{E006C}\x{E0073})\x{E007F}()`),
	regexp.MustCompile(`(` + emoji + `\x{FE0F}?)\x{200D}(` + emoji + `)`),
	regexp.MustCompile(`(` + emoji + `)\x{FE0F}()`),
	regexp.MustCompile(`([0-9#*])\x{FE0F}(\x{20E3})`),
	regexp.MustCompile(`(` + script + `\pM*)\x{200C}(` + script + `)`),
	regexp.MustCompile(`(` + script + `\pM*)\x{200D}()`),
	regexp.MustCompile(`(\p{Mongolian}\pM*)[\x{180B}-\x{180F}]()`),
}

func withoutNeeded(text string) string {
	for before := ""; before != text; {
		before = text
		for _, place := range needed {
			text = place.ReplaceAllString(text, "$1$2")
		}
	}
	return text
}

// Every invisible character is removed from ordinary text.
func TestNothingIgnorableIsLeft(t *testing.T) {
	for r := range unicode.MaxRune + 1 {
		if !ignorable(r) {
			continue
		}
		document := []byte(`{"a":"b` + string(r) + `c` + string(r) + `"}`)
		if got := string(view.Clean(document)); got != `{"a":"bc"}` {
			t.Errorf("%U: %q", r, got)
		}
	}
}

// Hidden characters that emoji and scripts need stay.
func TestSpellingsStay(t *testing.T) {
	for _, text := range []string{
		"👩\u200d🚀 👨🏽\u200d👩🏽\u200d👧 🏳\ufe0f\u200d🌈 🏴\u200d☠\ufe0f ❤\ufe0f\u200d🔥 🙂\u200d↔\ufe0f 🐦\u200d⬛ 🧑🏿\u200d⚕\ufe0f", "1\ufe0f\u20e3#\ufe0f\u20e3", "ℹ\ufe0f ™\ufe0f ©\ufe0f ‼\ufe0f ▶\ufe0f ◼\ufe0f ⤴\ufe0f 〰\ufe0f",
		"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F🇩🇪",
		"می\u200cخواهم", "خانه\u200cها", "ه\u200d.ق", "مُ\u200cم", "क\u094d\u200dष", "क\u094d\u200cष", "ශ\u0dca\u200dර\u0dd3", "ന\u0d4d\u200d", "র\u200d\u09cdয", "ᠠ\u180bᠨ\u180eᠠ", "\u0600١٢ \u06dd",
		"é ü 漢字 العربية עברית ไทย 한국어",
	} {
		if got := view.Text(text); got != text {
			t.Errorf("%+q became %+q", text, got)
		}
	}
}

// The same characters are removed in places where they are not needed.
func TestSpellingsElsewhere(t *testing.T) {
	for given, want := range map[string]string{
		"a\u200db\u200cc": "abc", "👩\u200d\u200d🚀": "👩\u200d🚀", "👩\u200d": "👩", "👩\u200da": "👩a", "a\u200d👩": "a👩", "\u200d👩": "👩",
		"a\ufe0f": "a", "❤\ufe0f\ufe0f": "❤\ufe0f", "1\ufe0f": "1", "1\ufe0fa": "1a", "漢\U000E0100": "漢", "☺\ufe0e": "☺", "क\ufe00": "क",
		"م\u200d\u200d\u200d": "م\u200d", "م\u200c": "م", "م\u200ca": "مa", "م \u200cم": "م م", "aᠠ\u180b\u180c\u180d": "aᠠ\u180b", "a\u180b": "a",
		"🏴\U000E0061\U000E0062\U000E0063\U000E007F": "🏴", "🏴\U000E0067\U000E0062\U000E0065": "🏴", "\U000E0067\U000E0062": "", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F\U000E0061": "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
		"a\u2065b\ufff0c\ufff8\U000E0000\U000E0002\U000E001F\U000E0FFF": "abc",
	} {
		if got := view.Text(given); got != want {
			t.Errorf("%+q became %+q, not %+q", given, got, want)
		}
	}
}
