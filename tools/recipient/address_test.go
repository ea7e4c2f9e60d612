package recipient_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/recipient"
)

func TestPlainAddresses(t *testing.T) {
	for _, address := range []string{
		"bob@acme.example", "Bob.Lee+reports@Acme.EXAMPLE", "b@a.b", "o'hara@acme.example", "bounce=1@x-1.acme.example", "_a#$&*?^`{}~-@acme.example",
		"bob@bücher.example", "bob@xn--bcher-kva.example", "bob@аcme.example", "bob@例え.example", "bob@faq.xn--p1ai", "bob@1.2.3.example", "-@acme.example",
		"a=b=c@acme.example", "a?=@acme.example", "prvs=1234abcd=bob@acme.example", "SRS0=HHH=TT=other.example=bob@acme.example", "bob+AEA-x@acme.example", "bob+=40x@acme.example",
		"$a@acme.example", "a{b}$@acme.example", "bob+imcea@acme.example", "imce@acme.example",
		strings.Repeat("a", 64) + "@acme.example", "bob@" + strings.Repeat("a", 63) + ".example",
		"b@" + strings.Repeat("a1.", 82) + "museum",
	} {
		if _, wrong := recipient.Addresses(address); wrong != nil {
			t.Errorf("%q is refused", address)
		}
	}
}

// Each of these reaches nobody, reaches somebody else, or can be read in two ways.
func TestNoPlainAddresses(t *testing.T) {
	for what, items := range map[string][]string{
		"nothing":      {"", " ", "@", "bob", "@acme.example", "bob@", "bob@acme"},
		"around it":    {" bob@acme.example", "bob@acme.example ", "bob@acme.example\n", "\tbob@acme.example", "bob@acme.example\x00", "bob@acme.example;", "mailto:bob@acme.example"},
		"display name": {"Bob <bob@acme.example>", "<bob@acme.example>", `"Bob" <bob@acme.example>`, "bob@acme.example <eve@evil.test>", "bob@acme.example (Bob)"},
		"encoded word": {
			"=?utf-8?q?eve=40evil.test?=@acme.example", "=?UTF-8?Q?eve=40evil.test=3E?=@acme.example", "=?iso-8859-1?Q?eve?=@acme.example", "=?x?b?ZXZlQGV2aWwudGVzdA==?=@acme.example",
			"=?utf-7?q?eve+AEA-evil.test?=@acme.example", "bob=?utf-8?q?x?=@acme.example", "bob.=?utf-8?q?x?=@acme.example", "=?utf-8*en?q?x?=@acme.example", "=?@acme.example", "a=?b@acme.example",
		},
		"Exchange":        {"IMCEASMTP-eve+40evil.test@acme.example", "imceasmtp-eve+40evil+2Etest@acme.example", "IMCEAEX-_O=x@acme.example"},
		"Exim":            {"${run{x}}@acme.example", "a${b}@acme.example"},
		"group":           {"all:bob@acme.example;", "undisclosed-recipients:;", "all:eve@evil.test;bob@acme.example"},
		"UUCP":            {"host!eve@acme.example", "acme.example!bob", "node::eve@acme.example"},
		"two":             {"bob@acme.example;eve@evil.test", "bob@acme.example eve@evil.test", "eve@evil.test@acme.example", "bob@acme.example\r\nBcc: eve@evil.test", "bob@acme.example，eve@evil.test"},
		"route":           {"eve%evil.test@acme.example", "evil.test!eve@acme.example", "@evil.test:bob@acme.example", "/var/mail/bob@acme.example", "|run@acme.example"},
		"quoted":          {`"bob"@acme.example`, `"eve@evil.test"@acme.example`, `bob\@acme.example`, "bob(x)@acme.example", "bob@(x)acme.example", "b,ob"},
		"dots":            {".bob@acme.example", "bob.@acme.example", "b..ob@acme.example", "bob@.acme.example", "bob@acme..example", "bob@acme.example.", "bob@acme。example", "bob@acme．example", "bob@acme｡example"},
		"numbers":         {"bob@127.0.0.1", "bob@[127.0.0.1]", "bob@[IPv6:::1]", "bob@127.1", "bob@0x7f.0x1", "bob@2130706433", "bob@acme.1"},
		"labels":          {"bob@-acme.example", "bob@acme-.example", "bob@ac_me.example", "bob@acme.example/x", "bob@acme.example:25", "bob@*.example", "bob@acme.exam ple"},
		"length":          {strings.Repeat("a", 65) + "@acme.example", "bob@" + strings.Repeat("a", 64) + ".example", "bob@" + strings.Repeat("a1.", 82) + "museum", "bob@" + strings.Repeat("a.", 500) + "example"},
		"other letters":   {"böb@acme.example", "bob＠acme.example", "bob@ａcme.example", "bob@acme.example\u200b", "bob@ac\u00adme.example", "\u202ebob@acme.example", "bob@acme.e\u0445\u200dample", "bob\u200b@acme.example", "bob@\u212aelvin.example", "bob@acme\u2044x.example", "\ufeffbob@acme.example", "bob@ac\u0301me\u200c.example"},
		"two IDNA":        {"bob@faß.example", "bob@βόλος.example"},
		"not normal":      {"bob@bu\u0308cher.example", "bob@BÜcher.example"},
		"invalid UTF-8":   {"bob@acme\xff.example", "bob\xff@acme.example", "bob@\xc3.example"},
		"other secrets":   {"https://hooks.example.com/services/s3cr3t", "https://bob:s3cr3t@acme.example"},
		"control letters": {"bob\x7f@acme.example", "bob@acme\x7f.example", "bob\x1b@acme.example", "bob@acme.example\x85"},
	} {
		for _, item := range items {
			if addresses, _ := recipient.Addresses(item); addresses != nil {
				t.Errorf("%s: %q is taken for %q", what, item, addresses)
			}
		}
	}
}

// PostHog's worker splits at commas and does not trim.
func TestAddresses(t *testing.T) {
	for _, test := range []struct {
		value     string
		addresses []string
		wrong     []int
	}{
		{"a@x.example,b@y.example", []string{"a@x.example", "b@y.example"}, nil},
		{"B@X.example,b@x.example,b@x.example", []string{"B@X.example", "b@x.example", "b@x.example"}, nil},
		{"a@x.example, b@y.example", []string{"a@x.example"}, []int{2}},
		{"a@x.example,", []string{"a@x.example"}, []int{2}},
		{",a@x.example,,b@y.example\n", []string{"a@x.example"}, []int{1, 3, 4}},
		{`"Lee, Bob" <bob@x.example>`, nil, []int{1, 2}},
		{"", nil, []int{1}},
	} {
		addresses, wrong := recipient.Addresses(test.value)
		if diff := cmp.Diff(test.addresses, addresses) + cmp.Diff(test.wrong, wrong); diff != "" {
			t.Errorf("%q: %s", test.value, diff)
		}
	}
}
