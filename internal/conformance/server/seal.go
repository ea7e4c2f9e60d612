package main

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// errState refuses a state that was not handed out.
var errState = errors.New("requestState is not one of this dialogue's")

// seal signs what a client carries from one round of a dialogue to the next.
type seal []byte

func newSeal() seal { return seal(rand.Text()) }

// state is what the client carries when the dialogue stands at round.
func (s seal) state(dialogue string, round int) string {
	mac := hmac.New(sha256.New, s)
	fmt.Fprintf(mac, "%s\x00%d", dialogue, round)
	return fmt.Sprintf("%d.%s", round, hex.EncodeToString(mac.Sum(nil)))
}

// open returns the round at which the dialogue stands; without a state it is
// the first.
func (s seal) open(dialogue, state string) (int, error) {
	if state == "" {
		return 0, nil
	}
	number, _, _ := strings.Cut(state, ".")
	round, err := strconv.Atoi(number)
	if err != nil || !hmac.Equal([]byte(state), []byte(s.state(dialogue, round))) {
		return 0, errState
	}
	return round, nil
}
