package main

import (
	"fmt"
	"slices"
)

// A class is a call whose answer has a typical size.
type class struct {
	name, tool, args string
	// path is what the call comes to upstream.
	path string
	// payload is the upstream's answer, known once the upstream runs.
	payload []byte
}

const subscriptions = "/api/projects/@current/subscriptions/"

func classes() []*class {
	return []*class{
		{name: "quota", tool: "subscriptions-summary-quota-retrieve", args: `{}`, path: subscriptions + "summary_quota/"},
		{name: "object", tool: "subscriptions-retrieve", args: `{"id":1}`, path: subscriptions + "1/"},
		{name: "list5", tool: "subscriptions-list", args: `{"limit":5}`, path: subscriptions + "?limit=5"},
		{name: "list20", tool: "subscriptions-list", args: `{"limit":20}`, path: subscriptions + "?limit=20"},
	}
}

// class finds the class of that name; it must be one of classes.
func (b *bench) class(name string) *class {
	return b.classes[slices.IndexFunc(b.classes, func(k *class) bool { return k.name == name })]
}

// lengths are those of answers that were checked, by class: while calls are
// timed, their answers are told by their length from ones that were cut off, and
// from refusals.
type lengths map[string]int

// digits are how many an id grows by while a server is measured, at most.
const digits = 9

// check is the error of an answer of n bytes that is not as long as the one
// that was checked, but for the digits of an id.
func (l lengths) check(k *class, n int) error {
	if long, known := l[k.name]; !known || n < long-digits || n > long+digits {
		return fmt.Errorf("an answer of %d bytes, after a right one of %d", n, long)
	}
	return nil
}
