package recipient

import (
	"regexp"
	"sync"
	"unicode/utf8"
)

var (
	// channel is an id, and perhaps the name that people see after the first
	// pipe. PostHog's worker posts to the id and nobody checks the name; its
	// pages take commas in it for further channels, so there are none here.
	// How long a name may be is counted, since a bound in the expression would take
	// the program's start tens of milliseconds.
	channel = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(` + ChannelID + `)(?:\|([^,|\pC]*))?$`) })
	// channelName is a name alone, which Slack resolves.
	channelName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^#([\pL\pM\pN_-]+)$`) })
)

// The most characters of a channel's name: behind an id, and alone.
const (
	longestShown = 100
	longestName  = 80
)

// ChannelID is what PostHog's channel picker takes for an id; the end keeps
// audit lines short, Slack's ids have 9 to 11 characters. A person's (U…) is
// none: PostHog's messages to persons fail.
const ChannelID = `[CGD][A-Z0-9]{8,40}`

// readChannel returns the id of the one channel that the value names.
func readChannel(value string) (id string, ok bool) {
	found := channel().FindStringSubmatch(value)
	if found == nil || utf8.RuneCountInString(found[2]) > longestShown {
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
	if found := channelName().FindStringSubmatch(value); found != nil && utf8.RuneCountInString(found[1]) <= longestName {
		return value
	}
	return unreadable
}
