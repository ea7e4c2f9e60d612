package recipient

import "regexp"

var (
	// channel is an id, and perhaps the name that people see after the first
	// pipe. PostHog's worker posts to the id and nobody checks the name; its
	// pages take commas in it for further channels, so there are none here.
	channel = regexp.MustCompile(`^(` + channelID + `)(?:\|[^,|\pC]{0,100})?$`)
	// channelName is a name alone, which Slack resolves.
	channelName = regexp.MustCompile(`^#[\pL\pM\pN_-]{1,80}$`)
)

// channelID is what PostHog's channel picker takes for an id; the end keeps
// audit lines short, Slack's ids have 9 to 11 characters. A person's (U…) is
// none: PostHog's messages to persons fail.
const channelID = `[CGD][A-Z0-9]{8,40}`

// readChannel returns the id of the one channel that the value names.
func readChannel(value string) (id string, ok bool) {
	found := channel.FindStringSubmatch(value)
	if found == nil {
		return "", false
	}
	return found[1], true
}

// channelOf is what may be said of a value: its channel's id, or its name where
// it has no id.
func channelOf(value string) string {
	if id, ok := readChannel(value); ok {
		return id
	}
	if channelName.MatchString(value) {
		return value
	}
	return unreadable
}
