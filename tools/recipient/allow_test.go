package recipient_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/tools/recipient"
)

func allow(t *testing.T, r recipient.Rules) *recipient.Allow {
	t.Helper()
	a, err := recipient.New(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// acme is an operator who lists everything.
var acme = recipient.Rules{
	EmailDomains:  []string{"acme.example", "*.acme.example", "bücher.example"},
	SlackChannels: []string{"C0123ABCD", " G0123ABCD"},
	WebhookHosts:  []string{"Hooks.Acme.example", "*.logic.example"},
	TeamsHosts:    []string{"*.logic.example"},
}

func TestAllowed(t *testing.T) {
	a := allow(t, acme)
	for kind, values := range map[string][]string{
		recipient.Email: {
			"bob@acme.example", "BOB@ACME.EXAMPLE,ann+q3@mail.acme.example", "a@b.c.Acme.example",
			"bob@bücher.example", "bob@xn--bcher-kva.example", "bob@XN--BCHER-KVA.example",
		},
		recipient.Slack: {"C0123ABCD", "C0123ABCD|#growth", "C0123ABCD|", "G0123ABCD|#private channel", "C0123ABCD|#日本語"},
		recipient.Webhook: {
			"https://hooks.acme.example", "HTTPS://HOOKS.ACME.EXAMPLE/T/B/s3cr3t", "http://hooks.acme.example:8080/?a=b#c",
			"https://hooks.acme.example/%40evil.test?a=%2Cb;c&?d", "https://prod-1.westeurope.logic.example/x?sig=%2F",
		},
		recipient.Teams: {"https://prod-1.logic.example:443/workflows/x", "prod-1.logic.example", "PROD-1.logic.example"}, // as it is read back
	} {
		for _, value := range values {
			if err := a.Check(kind, value); err != nil {
				t.Errorf("%s %q: %v", kind, value, err)
			}
		}
	}
}

func TestNotAllowed(t *testing.T) {
	mail := `the operator of this server allows mail to acme.example, *.acme.example only; `
	slack := `the operator of this server allows Slack messages to C0123ABCD, G0123ABCD only; `
	channel := slack + `give one of them, as its id or as id|#name`
	hooks := `the operator of this server allows webhooks to hooks.acme.example, *.logic.example only; `
	url := hooks + `give a valid URL in ASCII, https://host/path, where host is a name, without a user before it`
	teams := `the operator of this server allows Teams messages to *.logic.example only; `
	mailLike := `give the URL without "," and "@" and "=?", in which a mail server could find an address`
	unknown := `the operator of this server limits recipients, and no limit is known for target_type `
	for _, test := range []struct{ kind, value, want string }{
		{"email", "eve@evil.test", mail + `not allowed: "eve@evil.test"`},
		{"email", "bob@acme.example,eve@EVIL.test,bob@evil-acme.example", mail + `not allowed: "eve@evil.test", "bob@evil-acme.example"`},
		{"email", "bob@acme.example.evil.test", mail + `not allowed: "bob@acme.example.evil.test"`},
		{"email", "bob@аcme.example", mail + `not allowed: "bob@xn--cme-5cd.example"`},
		{"email", "bob@example", mail + `not a plain address: item 1`},
		{"email", "bob@acme.example, s3cr3t@acme.example,", mail + `not a plain address: item 2, 3`},
		{"email", "s3cr3t <s3cr3t@acme.example>,eve@evil.test", mail + `not allowed: "eve@evil.test"; not a plain address: item 1`},
		{"email", "https://evil.test/s3cr3t", mail + `not a plain address: item 1`},
		{"email", "", mail + `not a plain address: item 1`},
		{"email", "1@e.test,2@e.test,3@e.test,4@e.test,5@e.test,6@e.test,7@e.test", mail + `not allowed: "1@e.test", "2@e.test", "3@e.test", "4@e.test", "5@e.test" and 2 more`},
		{"slack", "C999EVIL00|#growth", slack + `not allowed: "C999EVIL00"`},
		{"slack", "C999EVIL00|C0123ABCD", slack + `not allowed: "C999EVIL00"`},
		{"slack", "C0123ABCDE", slack + `not allowed: "C0123ABCDE"`},
		{"slack", "#growth", channel},
		{"slack", "growth", channel},
		{"slack", "c0123abcd", channel},
		{"slack", "C0123ABCD,C999EVIL00", channel},
		{"slack", "C0123ABCD|#growth,C999EVIL00|#x", channel},
		{"slack", "C0123ABCD|#growth|C999EVIL00", channel},
		{"slack", "C0123ABCD|#growth\nC999EVIL00", channel},
		{"slack", "C0123ABCD\n", channel},
		{"slack", " C0123ABCD", channel},
		{"slack", "|C0123ABCD", channel},
		{"slack", "U0123ABCD", channel},
		{"slack", "https://hooks.slack.com/services/s3cr3t", channel},
		{"slack", "", channel},
		{"webhook", "https://evil.test/s3cr3t?s3cr3t#s3cr3t", hooks + `not allowed: the host "evil.test"`},
		{"teams", "https://evil.test/s3cr3t", teams + `not allowed: the host "evil.test"`},
		{"teams", "https://hooks.acme.example/", teams + `not allowed: the host "hooks.acme.example"`},
		{"teams", "evil.test", teams + `not allowed: the host "evil.test"`},
		{"teams", "prod-1.logic.example/", strings.Replace(url, hooks, teams, 1)},
		{"teams", "prod-1.logic.example,eve@evil.test", strings.Replace(url, hooks, teams, 1)},
		{"teams", "", strings.Replace(url, hooks, teams, 1)},
		{"teams", "https://prod-1.logic.example/,eve@evil.test", teams + mailLike},
		{"slack", "C0123ABCD|#eve@evil.test", channel},
		{"slack", "C0123ABCD|#=?utf-8?q?eve=40evil.test?=", channel},
		{"webhook", "https://hooks.acme.example/,eve@evil.test", hooks + mailLike},
		{"webhook", "https://hooks.acme.example/@evil.test", hooks + mailLike},
		{"webhook", "https://hooks.acme.example/a,b", hooks + mailLike},
		{"webhook", "https://hooks.acme.example/=?utf-8?q?eve=40evil.test?=", hooks + mailLike},
		{"webhook", "https://evil-hooks.acme.example/", hooks + `not allowed: the host "evil-hooks.acme.example"`},
		{"webhook", "https://hooks.acme.example.evil.test/", hooks + `not allowed: the host "hooks.acme.example.evil.test"`},
		{"webhook", "https://logic.example/", hooks + `not allowed: the host "logic.example"`},
		{"webhook", "https://evil-logic.example/", hooks + `not allowed: the host "evil-logic.example"`},
		{"webhook", "https://hооks.acme.example/", hooks + `not allowed: the host "xn--hks-seda.acme.example"`},
		{"webhook", "https://hooks.acme.example@evil.test/s3cr3t", url},
		{"webhook", "https://s3cr3t:s3cr3t@hooks.acme.example/", url},
		{"webhook", `https://hooks.acme.example\@evil.test/`, url},
		{"webhook", `https://evil.test\.hooks.acme.example/`, url},
		{"webhook", `https:\\hooks.acme.example/`, url},
		{"webhook", "https://hooks.acme.example#@evil.test/", url},
		{"webhook", "https://hooks.acme.example?@evil.test/", url},
		{"webhook", "https://evil.test#.logic.example/", url},
		{"webhook", "https://evil.test%23.logic.example/", url},
		{"webhook", "https://evil.test\t.logic.example/", url},
		{"webhook", "https://hooks.acme.example\n/", url},
		{"webhook", "https://hooks.acme.example/a b", url},
		{"webhook", "https://hooks.acme.example/100%", url},
		{"webhook", " https://hooks.acme.example/", url},
		{"webhook", "https://hooks.acme.example./", url},
		{"webhook", "https://hooks.acme.example:/", url},
		{"webhook", "https://hooks.acme.example:x@evil.test/", url},
		{"webhook", "https://hooks。acme。example/", url},
		{"webhook", "https://ｈooks.acme.example/", url},
		{"webhook", "https://[::1]/", url},
		{"webhook", "https://[::ffff:8.8.8.8]/", url},
		{"webhook", "https://127.0.0.1/", url},
		{"webhook", "https://0x7f.1/", url},
		{"webhook", "https:hooks.acme.example/", url},
		{"webhook", "https:///hooks.acme.example/", url},
		{"webhook", "//hooks.acme.example/", url},
		{"webhook", "httpſ://hooks.acme.example/", url},
		{"webhook", "https://hoo\u212as.acme.example/", url},
		{"webhook", "file://hooks.acme.example/", url},
		{"webhook", "hooks.acme.example", url},
		{"webhook", "", url},
		{"pigeon", "bob@acme.example", unknown + `"pigeon"; email, slack, webhook and teams can be checked`},
		{"Email", "bob@acme.example", unknown + `"Email"; email, slack, webhook and teams can be checked`},
		{"", "bob@acme.example", unknown + `""; email, slack, webhook and teams can be checked`},
		{"e\u200bmail" + strings.Repeat("l", 99), "bob@acme.example", unknown + `"e\u200bmailllllllllllllll"; email, slack, webhook and teams can be checked`},
	} {
		rules := acme
		rules.EmailDomains = acme.EmailDomains[:2]
		err := allow(t, rules).Check(test.kind, test.value)
		if err == nil {
			t.Errorf("%s %q is allowed", test.kind, test.value)
		} else if diff := cmp.Diff(test.want, err.Error()); diff != "" {
			t.Errorf("%s %q: %s", test.kind, test.value, diff)
		}
	}
}

// If there is any list, every value of a kind without a list is refused.
func TestOneList(t *testing.T) {
	kinds := []string{"email", "slack", "webhook", "teams", "pigeon"}
	good := map[string]string{
		"email": "bob@acme.example", "slack": "C0123ABCD|#growth", "webhook": "https://acme.example/x", "teams": "https://acme.example/x", "pigeon": "coop 7",
	}
	only := []string{"acme.example"}
	for _, test := range []struct {
		name    string
		rules   recipient.Rules
		allowed []string
	}{
		{"none", recipient.Rules{}, kinds},
		{"empty", recipient.Rules{EmailDomains: []string{}, SlackChannels: []string{}, WebhookHosts: []string{}, TeamsHosts: []string{}}, kinds},
		{"domains", recipient.Rules{EmailDomains: only}, []string{"email"}},
		{"channels", recipient.Rules{SlackChannels: []string{"C0123ABCD"}}, []string{"slack"}},
		{"hosts", recipient.Rules{WebhookHosts: only}, []string{"webhook"}},
		{"Teams", recipient.Rules{TeamsHosts: only}, []string{"teams"}},
		{"any domain", recipient.Rules{EmailDomains: []string{"any"}}, []string{"email"}},
		{"any channel", recipient.Rules{SlackChannels: []string{" any "}}, []string{"slack"}},
		{"any host", recipient.Rules{WebhookHosts: []string{"any"}}, []string{"webhook"}},
		{"any Teams host", recipient.Rules{TeamsHosts: []string{"any"}}, []string{"teams"}},
		{"two", recipient.Rules{EmailDomains: only, SlackChannels: []string{"any"}}, []string{"email", "slack"}},
	} {
		a := allow(t, test.rules)
		var allowed []string
		for _, kind := range kinds {
			if a.Check(kind, good[kind]) == nil {
				allowed = append(allowed, kind)
			}
		}
		if diff := cmp.Diff(test.allowed, allowed); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
		if a.Restricts() != (len(test.allowed) < len(kinds)) {
			t.Errorf("%s: Restricts is %v", test.name, a.Restricts())
		}
	}
	var nobody *recipient.Allow
	if nobody.Restricts() || nobody.Check("pigeon", "coop 7") != nil || new(recipient.Allow).Check("pigeon", "coop 7") != nil {
		t.Error("without rules somebody is refused")
	}
}

// A refusal for want of a list names the flag that sets it.
func TestNoList(t *testing.T) {
	domains := recipient.Rules{EmailDomains: []string{"acme.example"}}
	channels := recipient.Rules{SlackChannels: []string{"any"}}
	const begin = "the operator of this server limits recipients and allows no "
	for _, test := range []struct {
		rules             recipient.Rules
		kind, value, want string
	}{
		{channels, "email", "bob@acme.example", begin + "mail: --allow-email-domains is not set"},
		{domains, "slack", "C0123ABCD", begin + "Slack messages: --allow-slack-channels is not set"},
		{domains, "webhook", "https://acme.example/s3cr3t", begin + "webhooks: --allow-webhook-hosts is not set"},
		{domains, "teams", "https://acme.example/s3cr3t", begin + "Teams messages: --allow-teams-hosts is not set"},
		{domains, "teams", "bob@acme.example", begin + "Teams messages: --allow-teams-hosts is not set"},
	} {
		err := allow(t, test.rules).Check(test.kind, test.value)
		if err == nil || err.Error() != test.want {
			t.Errorf("%s %q: %v", test.kind, test.value, err)
		}
	}
}

// Under "any" a value may go anywhere, if it is well formed for its own kind.
func TestAny(t *testing.T) {
	a := allow(t, recipient.Rules{EmailDomains: []string{"any"}, SlackChannels: []string{"any"}, WebhookHosts: []string{"any"}, TeamsHosts: []string{"any"}})
	good := map[string][]string{
		"email":   {"eve@evil.test", "a@x.example,b@bücher.example"},
		"slack":   {"C999EVIL00", "G0123ABCD|#x"},
		"webhook": {"https://evil.test/a?b=c"},
		"teams":   {"https://evil.test/a?b=c", "evil.test"},
	}
	for kind := range good {
		for _, other := range []string{"email", "slack", "webhook", "teams"} {
			for _, value := range good[other] {
				urls := kind == "teams" && other == "webhook" || kind == "webhook" && other == "teams" && strings.Contains(value, "/")
				if err := a.Check(kind, value); (err == nil) != (kind == other || urls) {
					t.Errorf("%s %q: %v", kind, value, err)
				}
			}
		}
	}
	for _, test := range []struct{ kind, value, want string }{
		{"email", "bob@acme.example, eve@evil.test", "mail; not a plain address: item 2"},
		{"email", "=?utf-8?q?eve=40evil.test?=@acme.example", "mail; not a plain address: item 1"},
		{"slack", "#growth", "Slack messages; give one channel, as its id or as id|#name"},
		{"slack", "C0123ABCD|#eve@evil.test", "Slack messages; give one channel, as its id or as id|#name"},
		{"webhook", "https://x.example/s3cr3t,eve@evil.test", `webhooks; give the URL without "," and "@" and "=?", in which a mail server could find an address`},
		{"webhook", "x.example", "webhooks; give a valid URL in ASCII, https://host/path, where host is a name, without a user before it"},
		{"teams", "https://127.0.0.1/s3cr3t", "Teams messages; give a valid URL in ASCII, https://host/path, where host is a name, without a user before it"},
	} {
		err := a.Check(test.kind, test.value)
		if want := "the operator of this server checks the recipients of " + test.want; err == nil || err.Error() != want {
			t.Errorf("%s %q: %v", test.kind, test.value, err)
		}
	}
}

// A name below a domain and the domain are two entries.
func TestPatterns(t *testing.T) {
	for _, test := range []struct{ entry, allowed, refused string }{
		{"acme.example", "a@acme.example", "a@mail.acme.example"},
		{"*.acme.example", "a@mail.acme.example", "a@acme.example"},
		{"*.example", "a@acme.example", "a@acme.test"},
		{"*.bücher.example", "a@x.xn--bcher-kva.example", "a@bücher.example"},
		{" ACME.example ", "a@acme.example", "a@acme.examples"},
		{"xn--fa-hia.example", "a@xn--fa-hia.example", "a@fass.example"},
		{"fass.example", "a@fass.example", "a@faß.example"},
	} {
		a := allow(t, recipient.Rules{EmailDomains: []string{test.entry}})
		if err := a.Check("email", test.allowed); err != nil {
			t.Errorf("%s: %v", test.entry, err)
		}
		if a.Check("email", test.refused) == nil {
			t.Errorf("%s allows %s", test.entry, test.refused)
		}
	}
}

func TestMalformedRules(t *testing.T) {
	noDomain := `: not a domain such as "example.com" or "*.example.com"`
	noChannel := `: not a channel's id such as "C0123ABCD"; a name does not tell where messages go, slack-channels-list shows the id`
	for _, test := range []struct {
		rules recipient.Rules
		want  string
	}{
		{recipient.Rules{EmailDomains: []string{"ok.example", "bob@acme.example"}}, `email domain "bob@acme.example"` + noDomain},
		{recipient.Rules{EmailDomains: []string{""}}, `email domain ""` + noDomain},
		{recipient.Rules{EmailDomains: []string{"*"}}, `email domain "*"` + noDomain},
		{recipient.Rules{EmailDomains: []string{"*acme.example"}}, `email domain "*acme.example"` + noDomain},
		{recipient.Rules{EmailDomains: []string{"a.*.example"}}, `email domain "a.*.example"` + noDomain},
		{recipient.Rules{EmailDomains: []string{"*.*.example"}}, `email domain "*.*.example"` + noDomain},
		{recipient.Rules{EmailDomains: []string{"acme.example."}}, `email domain "acme.example."` + noDomain},
		{recipient.Rules{EmailDomains: []string{".acme.example"}}, `email domain ".acme.example"` + noDomain},
		{recipient.Rules{EmailDomains: []string{"faß.example"}}, `email domain "faß.example"` + noDomain},
		{recipient.Rules{EmailDomains: []string{"acme.example\u202e"}}, `email domain "acme.example\u202e"` + noDomain},
		{recipient.Rules{SlackChannels: []string{"#growth"}}, `Slack channel "#growth"` + noChannel},
		{recipient.Rules{SlackChannels: []string{"C0123ABCD|#growth"}}, `Slack channel "C0123ABCD|#growth"` + noChannel},
		{recipient.Rules{SlackChannels: []string{"U0123ABCD"}}, `Slack channel "U0123ABCD"` + noChannel},
		{recipient.Rules{WebhookHosts: []string{"ok.example", "https://hooks.acme.example/s3cr3t"}}, `webhook host 2` + noDomain},
		{recipient.Rules{WebhookHosts: []string{"hooks.acme.example?s3cr3t"}}, `webhook host 1` + noDomain},
		{recipient.Rules{WebhookHosts: []string{"bob:s3cr3t@acme.example"}}, `webhook host 1` + noDomain},
		{recipient.Rules{WebhookHosts: []string{"8.8.8.8"}}, `webhook host "8.8.8.8"` + noDomain},
		{recipient.Rules{EmailDomains: []string{"x", "y"}, SlackChannels: []string{"z"}},
			`email domain "x"` + noDomain + "\n" + `email domain "y"` + noDomain + "\n" + `Slack channel "z"` + noChannel},
		{recipient.Rules{EmailDomains: []string{"any", "ok.example"}}, `email domain "any": it allows every email domain and must be the only entry`},
		{recipient.Rules{SlackChannels: []string{"C0123ABCD", "any"}}, `Slack channel "any": it allows every Slack channel and must be the only entry`},
		{recipient.Rules{WebhookHosts: []string{"any", "any"}}, `webhook host "any": it allows every webhook host and must be the only entry` + "\n" + `webhook host "any": it allows every webhook host and must be the only entry`},
		{recipient.Rules{TeamsHosts: []string{"Any"}}, `Teams host "Any"` + noDomain},
		{recipient.Rules{TeamsHosts: []string{"https://a.logic.example/s3cr3t"}}, `Teams host 1` + noDomain},
	} {
		a, err := recipient.New(test.rules)
		if err == nil || a != nil {
			t.Errorf("%v is accepted", test.rules)
		} else if diff := cmp.Diff(test.want, err.Error()); diff != "" {
			t.Error(diff)
		}
	}
}
