package recipient

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"posthog-mcp/tools/view"
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
	lists map[string][]string // the entries by kind, normalised
}

// kind describes one kind of recipient: its messages, the flag that sets its list, and
// what an entry of that is called.
type kind struct {
	messages, flag, entry string
	// read normalises an entry, and malformed says what is wrong with a bad one.
	read      reader
	malformed string
	// place reads what the list allows: of a value, or of each address in it. audit reads
	// what a log may hold.
	place, audit reader
}

type reader func(value string) (place string, ok bool)

const (
	noDomain  = `not a domain such as "example.com" or "*.example.com"`
	noChannel = `not a channel's id such as "C0123ABCD"; a name does not tell where messages go, slack-channels-list shows the id`
)

var kinds = map[string]kind{
	Email:   {"mail", "--allow-email-domains", "email domain", readPattern, noDomain, readAddress, readAddress},
	Slack:   {"Slack messages", "--allow-slack-channels", "Slack channel", readID, noChannel, readChannel, readPosted},
	Webhook: {"webhooks", "--allow-webhook-hosts", "webhook host", readPattern, noDomain, readURL, readURL},
	Teams:   {"Teams messages", "--allow-teams-hosts", "Teams host", readPattern, noDomain, readTeams, readTeams},
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
		case strings.ContainsAny(entry, "/?:"): // it may be a secret
			err = errors.Join(err, fmt.Errorf("%s %d: %s", k.entry, i+1, k.malformed))
		default:
			err = errors.Join(err, fmt.Errorf("%s %q: %s", k.entry, entry, k.malformed))
		}
	}
	return list, err
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
	var problem string
	if kind == Email {
		problem = checkAddresses(allowed, value)
	} else {
		place, ok := k.place(value)
		problem = checkPlace(kind, allowed, place, ok, value)
	}
	switch {
	case problem == "":
		return nil
	case allowed[0] == anyPlace:
		return fmt.Errorf("the operator of this server checks the recipients of %s; %s", k.messages, problem)
	}
	return fmt.Errorf("the operator of this server allows %s to %s only; %s", k.messages, view.Few(allowed, handful), problem)
}

func checkAddresses(domains []string, value string) string {
	var strangers, wrong, found []string
	for i, item := range strings.Split(value, ",") {
		local, _, _ := strings.Cut(item, "@")
		if domain, ok := readAddress(item); !ok {
			wrong = append(wrong, strconv.Itoa(i+1))
		} else if !matches(domains, domain) {
			strangers = append(strangers, strconv.Quote(local+"@"+domain))
		}
	}
	if strangers != nil {
		found = append(found, "not allowed: "+view.Few(strangers, handful))
	}
	if wrong != nil {
		found = append(found, "not a plain address: item "+view.Few(wrong, handful))
	}
	return strings.Join(found, "; ")
}

// checkPlace returns the problem of a value that names one place; empty for none. A
// mail server must find no address in it, in one of its items or in an encoded word.
func checkPlace(kind string, allowed []string, place string, ok bool, value string) string {
	likeMail := strings.ContainsAny(value, ",@") || strings.Contains(value, "=?")
	slack, stranger := kind == Slack, !matches(allowed, place)
	return cmp.Or(
		view.When(slack && (!ok || likeMail) && allowed[0] == anyPlace, "give one channel, as its id or as id|#name"),
		view.When(slack && (!ok || likeMail), "give one of them, as its id or as id|#name"),
		view.When(!ok, "give a valid URL in ASCII, https://host/path, where host is a name, without a user before it"),
		view.When(likeMail, `give the URL without "," and "@" and "=?", in which a mail server could find an address`),
		view.When(stranger && slack, "not allowed: "+strconv.Quote(place)),
		view.When(stranger, "not allowed: the host "+strconv.Quote(place)),
	)
}
