package recipient_test

import (
	"fmt"
	"mime"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"

	"posthog-mcp/tools/recipient"
)

// strict is an operator with one entry in each list.
var strict = recipient.Rules{
	EmailDomains: []string{"acme.example"}, SlackChannels: []string{"C0123ABCD"}, WebhookHosts: []string{"acme.example"},
	TeamsHosts: []string{"acme.example"},
}

// outsiders returns recipients that are not allowed, as other programs read the
// value; empty for none.
func outsiders(kind, value string) string {
	switch kind {
	case recipient.Email:
		return strangers(value)
	case recipient.Slack:
		if id, _, _ := strings.Cut(value, "|"); id != "C0123ABCD" {
			return value
		}
		return hiddenMail(value)
	case recipient.Teams:
		if strings.EqualFold(value, "acme.example") {
			return ""
		}
		return otherHost(value) + hiddenMail(value)
	case recipient.Webhook:
		return otherHost(value) + hiddenMail(value)
	}
	return "of an unknown kind"
}

// hiddenMail reads a value of another kind as mail.
func hiddenMail(value string) string {
	if strings.ContainsAny(value, ",@") || strings.Contains(value, "=?") {
		return "as mail: " + value
	}
	return ""
}

// strangers splits a value as PostHog's worker does, and reads its items as
// net/mail, a browser's look-up and a mail server with source routes do.
func strangers(value string) string {
	for item := range strings.SplitSeq(value, ",") {
		parsed, err := mail.ParseAddress(item)
		if err != nil || parsed.Address != item || parsed.Name != "" {
			return fmt.Sprintf("item %q: %v, %v", item, parsed, err)
		}
		_, domain, _ := strings.Cut(item, "@")
		if ascii, err := idna.Lookup.ToASCII(domain); err != nil || ascii != "acme.example" || !strings.EqualFold(domain, ascii) {
			return fmt.Sprintf("domain %q: %q, %v", domain, ascii, err)
		}
		if strings.ContainsFunc(item, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`%!"<>();:\/|`, r) }) {
			return fmt.Sprintf("item %q", item)
		}
		if strings.Contains(item, "=?") {
			return fmt.Sprintf("encoded word in %q", item)
		}
	}
	return ""
}

// otherHost reads a URL as net/url does, and as browsers do: they drop tabs and
// newlines, and read a backslash as a slash. Source: the URL Standard of the
// WHATWG, section 4.4.
func otherHost(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.User != nil || !strings.EqualFold(u.Hostname(), "acme.example") || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Sprintf("%v, %v", u, err)
	}
	rest := strings.NewReplacer("\t", "", "\n", "", "\r", "", `\`, "/").Replace(value)
	_, rest, _ = strings.Cut(rest, ":")
	rest = strings.TrimLeft(rest, "/")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	host, _, _ := strings.Cut(rest[strings.LastIndex(rest, "@")+1:], ":")
	if !strings.EqualFold(host, "acme.example") {
		return host
	}
	return ""
}

// tricks are the parts of hostile values.
var tricks = []string{
	",", ", ", ";", " ", "\t", "\n", "\r\n", "\x00", "\x1f", "\x7f", "\x85", "\xff", "\u00a0", "\u2028", "\u3000", "<", ">", "(", ")", `"`, "'", `\`, "/", "//", "|", "#", "?", "&", "=", ":",
	":443", "@", "＠", "﹫", "@evil.test", "%40", "%00", "%2e", "%evil.test", "!", "+", "+tag", "-", "_", "~", ".", "..", "。", "．", "｡", "․", "·", "⁄", "∕",
	"\u200b", "\u200c", "\u200d", "\u00ad", "\u2060", "\ufeff", "\u202e", "\u2066", "\U000e0061", "\ufe0f", "\u3164", "\u0301", "а", "е", "ａ", "ⓐ", "𝐚", "ß", "ss", "K", "ı", "İ", "ſ", "é",
	"eve@evil.test", "evil-", "evil.", ".evil.test", "xn--", "[", "]", "[::1]", "127.0.0.1", "0x7f", "Bob <", "Bcc: ", "mailto:", "https://", "HTTPS://", "javascript:", "*", "*.", "acme.example", "ACME.EXAMPLE",
	"C999EVIL00", "|#growth", "C0123ABCD", "#growth", "U0123ABCD", "=?", "?=", "=?utf-8?q?eve=40evil.test?=", "=40", "+AEA-", "IMCEASMTP-", "${", "`", "é", "ç", "ｃ",
}

// mutated inserts up to five tricks into a good value or overwrites parts of it,
// and changes the case of some letters.
func mutated(good ...string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		value := []rune(rapid.SampledFrom(good).Draw(t, "good"))
		for range rapid.IntRange(0, 5).Draw(t, "changes") {
			at := rapid.IntRange(0, len(value)).Draw(t, "at")
			end := min(len(value), at+rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "over"))
			trick := rapid.OneOf(rapid.SampledFrom(tricks), rapid.SampledFrom(good), rapid.StringN(1, 1, -1)).Draw(t, "trick")
			value = slices.Replace(value, at, end, []rune(trick)...)
		}
		if at := rapid.IntRange(0, len(value)).Draw(t, "raised"); rapid.Bool().Draw(t, "raise") {
			return string(value[:at]) + strings.ToUpper(string(value[at:]))
		}
		return string(value)
	})
}

var (
	addresses = []string{"bob@acme.example", "ann.lee+q3@acme.example", "bob@acme.example,ann@acme.example"}
	channels  = []string{"C0123ABCD", "C0123ABCD|#growth"}
	urls      = []string{"https://acme.example/s3cr3t", "http://acme.example:8443/a/b?c=d#e", "https://acme.example"}
	hosts     = []string{"acme.example", "https://acme.example/s3cr3t"}
)

func checkNoOutsiders(t *testing.T, kind string, values *rapid.Generator[string]) {
	a := allow(t, strict)
	rapid.Check(t, func(t *rapid.T) {
		value := values.Draw(t, "value")
		if err := a.Check(kind, value); err != nil {
			return
		}
		if who := outsiders(kind, value); who != "" {
			t.Fatalf("%q is allowed: %s", value, who)
		}
	})
}

func TestNoMailToStrangers(t *testing.T) {
	checkNoOutsiders(t, recipient.Email, mutated(addresses...))
}

func TestNoPostToOtherChannels(t *testing.T) {
	checkNoOutsiders(t, recipient.Slack, mutated(channels...))
}

func TestNoCallToOtherHosts(t *testing.T) {
	checkNoOutsiders(t, recipient.Webhook, mutated(urls...))
	checkNoOutsiders(t, recipient.Teams, mutated(append(hosts, urls...)...))
}

// Listed recipients are allowed with any tag and in any case. A single stranger
// among them leads to a refusal.
func TestOneStrangerIsEnough(t *testing.T) {
	a := allow(t, strict)
	person := rapid.StringMatching(`[A-Za-z0-9_]{1,12}(\.[a-z]{1,9})?(\+[a-z0-9=-]{1,20})?@(acme|Acme|ACME)\.(example|EXAMPLE)`)
	stranger := rapid.StringMatching(`[a-z]{1,9}@(evil[.-]|a|x\.)?acme\.example(\.test|s|-x\.test)|[a-z]{1,9}@(evil[.-]|a|x\.|аcme\.|xn--cme-5cd\.)acme\.example`)
	rapid.Check(t, func(t *rapid.T) {
		people := rapid.SliceOfN(person, 1, 9).Draw(t, "people")
		if err := a.Check(recipient.Email, strings.Join(people, ",")); err != nil {
			t.Fatal(err)
		}
		eve := stranger.Draw(t, "stranger")
		people = slices.Insert(people, rapid.IntRange(0, len(people)).Draw(t, "at"), eve)
		if err := a.Check(recipient.Email, strings.Join(people, ",")); err == nil {
			t.Fatalf("%q are allowed", people)
		}
	})
}

// An IDNA name is allowed in the spellings that all programs turn into the
// same ASCII name, and no look-alike is.
func TestNoLookAlikes(t *testing.T) {
	a := allow(t, recipient.Rules{EmailDomains: []string{"bücher.example"}})
	values := mutated("bob@bücher.example", "bob@xn--bcher-kva.example", "bob@bu\u0308cher.example", "bob@bʉcher.example")
	rapid.Check(t, func(t *rapid.T) {
		value := values.Draw(t, "value")
		if a.Check(recipient.Email, value) != nil {
			return
		}
		for item := range strings.SplitSeq(value, ",") {
			_, domain, _ := strings.Cut(item, "@")
			if ascii, err := idna.Lookup.ToASCII(domain); err != nil || ascii != "xn--bcher-kva.example" {
				t.Fatalf("%q is allowed: %q, %v", value, ascii, err)
			}
		}
	})
}

// Errors and audit lines show only the host of a webhook's URL, even if the URL is
// given for another kind.
func TestURLsAreSecret(t *testing.T) {
	a := allow(t, strict)
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{"email", "slack", "webhook", "teams", "pigeon"}).Draw(t, "kind")
		host := strings.NewReplacer(",", "", "@", "").Replace(mutated("acme.example", "evil.test").Draw(t, "host"))
		value := "https://" + host + "/s3cr3t"
		if _, err := recipient.New(recipient.Rules{WebhookHosts: []string{value}, EmailDomains: []string{value}, SlackChannels: []string{value}, TeamsHosts: []string{value}}); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Fatalf("%q as a rule: %v", value, err)
		}
		said := fmt.Sprint(a.Check(kind, value), recipient.Target{Kind: kind, Value: value}.Audit(), recipient.Target{Kind: kind, Value: value}.NewSince(recipient.Target{Kind: kind}))
		if strings.Contains(said, "s3cr3t") {
			t.Fatal(said)
		}
	})
}

// net/mail reads every accepted address as the same address, alone and in a list,
// and finds no other address in it.
func FuzzAddresses(f *testing.F) {
	for _, value := range addresses {
		f.Add(value)
		for _, trick := range tricks {
			f.Add(trick + value)
			f.Add(strings.Replace(value, "@", trick+"@", 1))
			f.Add(strings.Replace(value, "@", "@"+trick, 1))
			f.Add(value + trick)
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		accepted, wrong := recipient.Addresses(value)
		if items := strings.Count(value, ",") + 1; len(accepted)+len(wrong) != items {
			t.Fatalf("%q: %d and %d of %d items", value, len(accepted), len(wrong), items)
		}
		for _, item := range accepted {
			if read, err := mail.ParseAddress(item); err != nil || read.Address != item || read.Name != "" {
				t.Fatalf("%q is %v: %v", item, read, err)
			}
			// Folding, parameters and encoded words of a header change nothing.
			decoded, err := new(mime.WordDecoder).DecodeHeader(item)
			if err != nil || decoded != item || strings.Contains(item, "=?") {
				t.Fatalf("%q is decoded to %q: %v", item, decoded, err)
			}
		}
		if len(accepted) == 0 {
			return
		}
		list, err := mail.ParseAddressList(strings.Join(accepted, ","))
		if err != nil || len(list) != len(accepted) {
			t.Fatalf("%q: %v, %v", accepted, list, err)
		}
		for i, read := range list {
			if read.Address != accepted[i] {
				t.Fatalf("%q is %q in the list", accepted[i], read.Address)
			}
		}
	})
}

// For any value only listed recipients are allowed, and the error is short, in one
// line and without hidden characters.
func FuzzCheck(f *testing.F) {
	for kind, values := range map[string][]string{"email": addresses, "slack": channels, "webhook": urls, "teams": urls, "pigeon": addresses} {
		for _, value := range values {
			f.Add(kind, value)
			f.Add(kind, value+",eve@evil.test")
			f.Add(kind, "https://acme.example@evil.test/"+value)
		}
	}
	a, err := recipient.New(strict)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, kind, value string) {
		err := a.Check(kind, value)
		if err == nil {
			if who := outsiders(kind, value); who != "" {
				t.Fatalf("%s %q is allowed: %s", kind, value, who)
			}
		} else if said := err.Error(); len(said) > 2000 || strings.ContainsFunc(said, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Fatalf("%s %q: %s", kind, value, said)
		}
		if audit := (recipient.Target{Kind: kind, Value: value}).Audit(); len(audit) > 1500 || kind == "email" && strings.Contains(audit, "@") {
			t.Fatalf("%s %q: %s", kind, value, audit)
		}
		if added := (recipient.Target{Kind: kind, Value: value}).NewSince(recipient.Target{Kind: kind}); kind == "email" && len(added) > strings.Count(value, ",")+1 {
			t.Fatalf("%q: added %q", value, added)
		}
	})
}
