package recipient

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Rules are an operator's allow-lists, as they are written. A list restricts
// its own kind of recipients; an empty one restricts nothing.
type Rules struct {
	// EmailDomains are the domains that may get mail: "example.com" is that
	// domain alone, "*.example.com" every name below it.
	EmailDomains []string
	// SlackChannels are ids ("C0123ABCD"). Names are no rule: PostHog posts to
	// an id, whatever name stands beside it.
	SlackChannels []string
	// WebhookHosts are written as domains are. They hold for Teams too.
	WebhookHosts []string
}

// Allow decides who may be a recipient. The zero value and nil allow everybody.
type Allow struct {
	domains, channels, hosts []string
}

// New reads the rules. The error names every entry that is not well formed,
// save those that look like a URL, which may be a secret: these have their
// number in the list.
func New(r Rules) (*Allow, error) {
	const noDomain = `not a domain such as "example.com" or "*.example.com"`
	const noChannel = `not a channel's id such as "C0123ABCD"; a name does not tell where messages go, slack-channels-list shows the id`
	domains, err1 := readList("email domain", r.EmailDomains, readPattern, noDomain)
	channels, err2 := readList("Slack channel", r.SlackChannels, readID, noChannel)
	hosts, err3 := readList("webhook host", r.WebhookHosts, readPattern, noDomain)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	return &Allow{domains: domains, channels: channels, hosts: hosts}, nil
}

func readList(what string, entries []string, read func(string) (string, bool), problem string) (list []string, err error) {
	for i, entry := range entries {
		entry = strings.TrimSpace(entry)
		if value, ok := read(entry); ok {
			list = append(list, value)
			continue
		}
		name := strconv.Itoa(i + 1)
		if !strings.ContainsAny(entry, "/?:") {
			name = strconv.Quote(entry)
		}
		err = errors.Join(err, fmt.Errorf("%s %s: %s", what, name, problem))
	}
	return list, err
}

// readID reads an id with nothing beside it.
func readID(entry string) (id string, ok bool) {
	id, _ = readChannel(entry)
	return id, id != "" && id == entry
}

// Restricts tells whether there is any rule.
func (a *Allow) Restricts() bool {
	return a != nil && len(a.domains)+len(a.channels)+len(a.hosts) > 0
}

// Check returns nil when every recipient that the value can be read to have is
// allowed. Otherwise the error says to an agent which are not, and what is.
// Where there is any rule, a kind that is not known here is refused.
func (a *Allow) Check(kind, value string) error {
	if !a.Restricts() {
		return nil
	}
	switch kind {
	case Email:
		return a.checkAddresses(value)
	case Slack:
		return a.checkChannel(value)
	case Webhook, Teams:
		return a.checkHost(value)
	}
	return fmt.Errorf("the operator of this server limits recipients, and no limit is known for target_type %.20q; email, slack, webhook and teams can be checked", kind)
}

func (a *Allow) checkAddresses(value string) error {
	if len(a.domains) == 0 {
		return nil
	}
	var strangers, wrong []string
	for i, item := range strings.Split(value, ",") {
		if address, ok := readAddress(item); !ok {
			wrong = append(wrong, strconv.Itoa(i+1))
		} else if !matches(a.domains, address.domain) {
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
	if found == nil {
		return nil
	}
	return denied("mail", a.domains, strings.Join(found, "; "))
}

func (a *Allow) checkChannel(value string) error {
	if len(a.channels) == 0 {
		return nil
	}
	id, ok := readChannel(value)
	switch {
	case !ok:
		return denied("Slack messages", a.channels, "give one of them, as its id or as id|#name")
	case !slices.Contains(a.channels, id):
		return denied("Slack messages", a.channels, "not allowed: "+strconv.Quote(id))
	}
	return nil
}

func (a *Allow) checkHost(value string) error {
	if len(a.hosts) == 0 {
		return nil
	}
	host, ok := readURL(value)
	switch {
	case !ok:
		return denied("webhooks", a.hosts, "give a valid URL in ASCII, https://host/path, where host is a name, without a user before it")
	case !matches(a.hosts, host):
		return denied("webhooks", a.hosts, "not allowed: the host "+strconv.Quote(host))
	}
	return nil
}

// denied is the refusal: the rule, who made it, and what is wrong.
func denied(what string, allowed []string, found string) error {
	return fmt.Errorf("the operator of this server allows %s to %s only; %s", what, listing(allowed), found)
}
