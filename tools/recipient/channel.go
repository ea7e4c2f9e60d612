package recipient

import (
	"regexp"
	"sync"
	"unicode/utf8"
)

var (
	// channel is an id, optionally followed by a pipe and a name for people.
	// PostHog's worker posts to the id, and nobody checks the name. PostHog's pages
	// take a comma in it as the start of another channel, so commas are refused.
	// The name's length is checked apart: a limit in the expression would delay the
	// start-up by tens of milliseconds.
	channel = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(` + ChannelID + `)(?:\|([^,|\pC]*))?$`) })
	// channelName is a name without an id, which Slack resolves.
	channelName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#([\pL\pM\pN_-]+)$`) })
)

// The most characters of a channel's name: after an id, and without one.
const (
	longestShown = 100
	longestName  = 80
)

// ChannelID is the pattern of an id in PostHog's channel picker, with a maximum
// that keeps audit lines short: Slack's ids have 9 to 11 characters. A person's id
// (U…) is excluded, since PostHog's messages to persons fail.
const ChannelID = `[CGD][A-Z0-9]{8,40}`

// readChannel returns the id of the one channel that the value names.
func readChannel(value string) (id string, ok bool) {
	found := channel().FindStringSubmatch(value)
	if found == nil || utf8.RuneCountInString(found[2]) > longestShown {
		return "", false
	}
	return found[1], true
}

// channelOf returns the part of a value that may be logged: its channel's id, or
// the name if there is no id.
func channelOf(value string) string {
	if id, ok := readChannel(value); ok {
		return id
	}
	if found := channelName().FindStringSubmatch(value); found != nil && utf8.RuneCountInString(found[1]) <= longestName {
		return value
	}
	return unreadable
}
