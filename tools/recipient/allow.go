package recipient

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// anyPlace is the entry that allows every recipient of a list's kind. It must be
// the only entry.
const anyPlace = "any"

// Rules are an operator's allow-lists, one for each kind of recipient. If any list
// is set, kinds without a list are refused. A list with the single entry "any"
// allows every well-formed value of its kind.
type Rules struct {
	// EmailDomains are the domains that may get mail: "example.com" is that domain
	// alone, "*.example.com" every name below it.
	EmailDomains []string
	// SlackChannels are ids ("C0123ABCD"). Names are not accepted: PostHog posts to
	// the id, whatever name follows it.
	SlackChannels []string
	// WebhookHosts have the form of EmailDomains.
	WebhookHosts []string
	// TeamsHosts are the hosts of Microsoft Teams' webhooks, in the same form.
	TeamsHosts []string
}

// Allow decides which recipients are allowed. The zero value and nil allow all.
type Allow struct {
	// lists has the entries by kind, normalised.
	lists map[string][]string
}

// kind describes one kind of recipient.
type kind struct {
	// messages names the messages that such recipients get. flag sets the list.
	messages, flag string
	// entry names an entry of the list, read normalises one, and malformed says
	// what is wrong with a bad one.
	entry     string
	read      func(string) (string, bool)
	malformed string
	// check returns the problem of a value under a list; empty for none.
	check func(allowed []string, value string) string
}

const (
	noDomain  = `not a domain such as "example.com" or "*.example.com"`
	noChannel = `not a channel's id such as "C0123ABCD"; a name does not tell where messages go, slack-channels-list shows the id`
)

var kinds = map[string]kind{
	Email:   {"mail", "--allow-email-domains", "email domain", readPattern, noDomain, checkAddresses},
	Slack:   {"Slack messages", "--allow-slack-channels", "Slack channel", readID, noChannel, checkChannel},
	Webhook: {"webhooks", "--allow-webhook-hosts", "webhook host", readPattern, noDomain, checkURL},
	Teams:   {"Teams messages", "--allow-teams-hosts", "Teams host", readPattern, noDomain, checkTeams},
}

// New reads the rules. The error names every malformed entry. An entry that looks
// like a URL may be a secret, so the error gives its number instead.
func New(r Rules) (*Allow, error) {
	a := &Allow{lists: map[string][]string{}}
	var problems []error
	for _, given := range []struct {
		kind    string
		entries []string
	}{{Email, r.EmailDomains}, {Slack, r.SlackChannels}, {Webhook, r.WebhookHosts}, {Teams, r.TeamsHosts}} {
		list, err := kinds[given.kind].list(given.entries)
		problems = append(problems, err)
		if len(list) > 0 {
			a.lists[given.kind] = list
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return a, nil
}

func (k kind) list(entries []string) (list []string, err error) {
	for i, entry := range entries {
		entry = strings.TrimSpace(entry)
		value, ok := k.read(entry)
		switch {
		case entry == anyPlace && len(entries) == 1:
			return []string{anyPlace}, nil
		case entry == anyPlace:
			err = errors.Join(err, fmt.Errorf(`%s "any": it allows every %s and must be the only entry`, k.entry, k.entry))
		case ok:
			list = append(list, value)
		default:
			err = errors.Join(err, fmt.Errorf("%s %s: %s", k.entry, nameOf(i, entry), k.malformed))
		}
	}
	return list, err
}

// nameOf returns an entry in quotes, or its number if it may be a secret.
func nameOf(i int, entry string) string {
	if strings.ContainsAny(entry, "/?:") {
		return strconv.Itoa(i + 1)
	}
	return strconv.Quote(entry)
}

// readID reads a channel's id without a name.
func readID(entry string) (id string, ok bool) {
	id, _ = readChannel(entry)
	return id, id != "" && id == entry
}

// Restricts reports whether there is any rule.
func (a *Allow) Restricts() bool { return a != nil && len(a.lists) > 0 }

// Check returns nil if all recipients are allowed, in every way the value can be
// read. Otherwise the error tells an agent which are not, and which would be.
//
// Under any rule a value must be well formed for its own kind, and must not be
// readable as another kind. Otherwise two concurrent calls, one with a new value
// and one with a new kind, could combine the value of one with the kind of the
// other.
func (a *Allow) Check(kind, value string) error {
	if !a.Restricts() {
		return nil
	}
	k, known := kinds[kind]
	allowed := a.lists[kind]
	switch {
	case !known:
		return fmt.Errorf("the operator of this server limits recipients, and no limit is known for target_type %.20q; email, slack, webhook and teams can be checked", kind)
	case allowed == nil:
		return fmt.Errorf("the operator of this server limits recipients and allows no %s: %s is not set", k.messages, k.flag)
	}
	problem := k.check(allowed, value)
	switch {
	case problem == "":
		return nil
	case isAny(allowed):
		return fmt.Errorf("the operator of this server checks the recipients of %s; %s", k.messages, problem)
	}
	return fmt.Errorf("the operator of this server allows %s to %s only; %s", k.messages, listing(allowed), problem)
}

func isAny(allowed []string) bool { return allowed[0] == anyPlace }

func checkAddresses(domains []string, value string) string {
	var strangers, wrong []string
	for i, item := range strings.Split(value, ",") {
		if address, ok := readAddress(item); !ok {
			wrong = append(wrong, strconv.Itoa(i+1))
		} else if !matches(domains, address.domain) {
			strangers = append(strangers, strconv.Quote(address.String()))
		}
	}
	var found []string
	if strangers != nil {
		found = append(found, "not allowed: "+listing(strangers))
	}
	if wrong != nil {
		found = append(found, "not a plain address: item "+listing(wrong))
	}
	return strings.Join(found, "; ")
}

func checkChannel(channels []string, value string) string {
	id, ok := readChannel(value)
	switch {
	case (!ok || resemblesMail(value)) && isAny(channels):
		return "give one channel, as its id or as id|#name"
	case !ok || resemblesMail(value):
		return "give one of them, as its id or as id|#name"
	case !isAny(channels) && !slices.Contains(channels, id):
		return "not allowed: " + strconv.Quote(id)
	}
	return ""
}

func checkURL(hosts []string, value string) string { return checkHost(Webhook, hosts, value) }

func checkTeams(hosts []string, value string) string { return checkHost(Teams, hosts, value) }

func checkHost(kind string, hosts []string, value string) string {
	host, ok := hostOf(kind, value)
	switch {
	case !ok:
		return "give a valid URL in ASCII, https://host/path, where host is a name, without a user before it"
	case resemblesMail(value):
		return `give the URL without "," and "@" and "=?", in which a mail server could find an address`
	case !matches(hosts, host):
		return "not allowed: the host " + strconv.Quote(host)
	}
	return ""
}

// resemblesMail reports whether a mail server could find an address in a value of
// another kind, in one of its items or in an encoded word.
func resemblesMail(value string) bool {
	return strings.ContainsAny(value, ",@") || strings.Contains(value, encodedWord)
}
