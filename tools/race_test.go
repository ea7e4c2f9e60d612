//go:build race

package tools_test

// underRace is how many times the memory of a call is allowed under the race
// detector: sync.Pool then drops at random what it is given, so that regular
// expressions, for one, allocate anew.
const underRace = 8
