package recipient

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// anyPlace is the one entry of a list that allows every recipient of its kind.
const anyPlace = "any"

// Rules are an operator's allow-lists, as they are written. Each is for one kind
// of recipients. As soon as one list is set, kinds without a list are refused.
// A list of the single entry "any" allows every well-formed value of its kind.
type Rules struct {
	// EmailDomains are the domains that may get mail: "example.com" is that
	// domain alone, "*.example.com" every name below it.
	EmailDomains []string
	// SlackChannels are ids ("C0123ABCD"). Names are no rule: PostHog posts to
	// an id, whatever name stands beside it.
	SlackChannels []string
	// WebhookHosts are written as domains are.
	WebhookHosts []string
	// TeamsHosts are the hosts of Microsoft Teams' webhooks, written as domains.
	TeamsHosts []string
}

// Allow decides who may be a recipient. The zero value and nil allow everybody.
type Allow struct {
	// lists has the entries by kind, normalised.
	lists map[string][]string
}

// kind is what the rules know of one kind of recipients.
type kind struct {
	// messages names what such recipients get, and flag the list of them.
	messages, flag string
	// entry names one entry of the list, read normalises it, and malformed says
	// what it should have been.
	entry     string
	read      func(string) (string, bool)
	malformed string
	// check says what is wrong with a value under a list; empty for nothing.
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

// New reads the rules. The error names every entry that is not well formed,
// save those that look like a URL, which may be a secret: these have their
// number in the list.
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
			err = errors.Join(err, fmt.Errorf(`%s "any": it allows every %s and has to stand alone`, k.entry, k.entry))
		case ok:
			list = append(list, value)
		default:
			err = errors.Join(err, fmt.Errorf("%s %s: %s", k.entry, nameOf(i, entry), k.malformed))
		}
	}
	return list, err
}

// nameOf is an entry in quotes, or its number where it may be a secret.
func nameOf(i int, entry string) string {
	if strings.ContainsAny(entry, "/?:") {
		return strconv.Itoa(i + 1)
	}
	return strconv.Quote(entry)
}

// readID reads an id with nothing beside it.
func readID(entry string) (id string, ok bool) {
	id, _ = readChannel(entry)
	return id, id != "" && id == entry
}

// Restricts tells whether there is any rule.
func (a *Allow) Restricts() bool { return a != nil && len(a.lists) > 0 }

// Check returns nil when every recipient that the value can be read to have is
// allowed. Otherwise the error says to an agent which are not, and what is.
//
// Under any rule a value has to be well formed for its own kind, and cannot be
// read as one of another kind: two calls at the same time, one with a new value
// and one with a new kind, can leave the value of one with the kind of the other.
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
		return fmt.Errorf("the operator of this server has the recipients of %s checked; %s", k.messages, problem)
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

// resemblesMail tells whether a mail server could find an address in a value of
// another kind, in one of its items or in an encoded word.
func resemblesMail(value string) bool {
	return strings.ContainsAny(value, ",@") || strings.Contains(value, encodedWord)
}
