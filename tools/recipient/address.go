package recipient

import (
	"regexp"
	"strings"
	"sync"
)

// Addresses splits the value of an email subscription as PostHog's worker does:
// at the commas, without trimming. It returns the items that are plain addresses,
// and the numbers of all others, from 1. A plain address is an ASCII local part
// without quotes and a host name of two labels or more, in ASCII or in its own
// script as it is registered; an IP address is none.
func Addresses(value string) (addresses []string, wrong []int) {
	for i, item := range strings.Split(value, ",") {
		if _, ok := readAddress(item); ok {
			addresses = append(addresses, item)
		} else {
			wrong = append(wrong, i+1)
		}
	}
	return addresses, wrong
}

const (
	// Source: RFC 5321, section 4.5.3.1. A path's 256 include two brackets.
	longestLocal   = 64
	longestAddress = 254
)

// localPart is the dot-atom of RFC 5322, section 3.2.3, without four signs by
// which some mail servers still deliver elsewhere: a%b and b!a name the next
// server, /a is a file, |a a program. It is compiled at first use, to keep the
// start-up fast.
var localPart = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("^" + atom + `(?:\.` + atom + `)*$`) })

const atom = "[0-9A-Za-z_#$&'*+=?^`{}~-]+"

// These are legal in a dot-atom, but some program reads another address in them.
const (
	// encodedWord begins =?utf-8?q?eve=40evil.example?=, which parsers decode
	// although an address must not contain it. Source: RFC 2047, section 5.
	encodedWord = "=?"
	// expansion begins a string that some versions of Exim ran as a command.
	// Source: CVE-2019-10149.
	expansion = "${"
	// encapsulated begins IMCEASMTP-eve+40evil.example, which Exchange unpacks and
	// forwards to the address inside. Source: Microsoft's bulletin MS99-027.
	encapsulated = "IMCEA"
)

// address is a plain address; its domain is in ASCII and lower case.
type address struct{ local, domain string }

func (a address) String() string { return a.local + "@" + a.domain }

func readAddress(item string) (address, bool) {
	local, rest, _ := strings.Cut(item, "@")
	domain, ok := readDomain(rest)
	a := address{local, domain}
	return a, ok && len(local) <= longestLocal && len(a.String()) <= longestAddress && localPart().MatchString(local) && !reread(local)
}

// reread reports whether a mail server may read another address in a local part.
func reread(local string) bool {
	return strings.Contains(local, encodedWord) || strings.Contains(local, expansion) ||
		strings.HasPrefix(strings.ToUpper(local), encapsulated)
}
