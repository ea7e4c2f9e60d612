package recipient

import (
	"regexp"
	"strings"
	"sync"

	"golang.org/x/net/idna"
)

// longestDomain is the most characters of a name in the Domain Name System.
// Source: RFC 1035, section 2.3.4, without the length bytes.
const longestDomain = 253

// hostName is a name of two labels or more. Its last label begins with a letter,
// which excludes IP addresses in any spelling (127.1, 0x7f.1).
var hostName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:` + label + `\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
})

const label = `[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?`

// letters are the characters allowed in names of other scripts. The idna package
// also accepts signs such as a fraction slash, which newer standards don't.
// Source: RFC 5892, section 2.1.
var letters = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL\pM\pN.-]+$`) })

// deviations are the letters that the older IDNA drops or replaces and the
// newer one keeps. PostHog's mailer, which is in Python, follows the older one:
// mail for faß.example would go to fass.example.
// Source: UTS #46, section 2.3.
const deviations = "ßς\u200C\u200D"

// readDomain returns a host name in ASCII and lower case, the form in which names
// can be compared. Other scripts must be spelt as they are registered: nothing is
// mapped to ASCII letters or dots (ａ, ⅽ, 。), so a look-alike is another domain,
// or none. A final dot is refused, because mail servers refuse it.
func readDomain(s string) (string, bool) {
	if len(s) > longestDomain { // idna takes quadratic time
		return "", false
	}
	s = lowerASCII(s)
	if !isASCII(s) {
		ascii, err := idna.Registration.ToASCII(s)
		if err != nil || !letters().MatchString(s) || strings.ContainsAny(s, deviations) {
			return "", false
		}
		s = ascii
	}
	return s, hostName().MatchString(s)
}

// lowerASCII lowers ASCII letters only. strings.ToLower would turn the Kelvin sign
// into a k.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > '~' }) < 0
}

// readPattern reads an entry of a list: a domain, or "*." and a domain for all
// names below it.
func readPattern(entry string) (pattern string, ok bool) {
	above, wild := strings.CutPrefix(entry, "*.")
	if !wild {
		return readDomain(entry)
	}
	below, ok := readDomain("x." + above)
	return "*" + strings.TrimPrefix(below, "x"), ok
}

func matches(patterns []string, domain string) bool {
	if isAny(patterns) {
		return true
	}
	for _, p := range patterns {
		if suffix, wild := strings.CutPrefix(p, "*"); domain == p || wild && strings.HasSuffix(domain, suffix) {
			return true
		}
	}
	return false
}
