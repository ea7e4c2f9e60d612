package audit

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf16"
)

// Entry is one write, or the attempt at one. It has nothing of the arguments
// but where messages go.
type Entry struct {
	// Time is when the call was answered; zero for now. It is written in UTC
	// with milliseconds (RFC 3339).
	Time time.Time `json:"-"`
	// Caller is a hash of who called, never a key.
	Caller string `json:"caller"`
	// Tool is the name of the tool.
	Tool string `json:"tool"`
	// Target is where messages go, as domains without names or paths: a webhook's
	// URL is a secret.
	Target string `json:"target"`
	// Result is what became of it: one of the outcomes that package tools declares.
	Result string `json:"result"`
	// Status is PostHog's HTTP status; 0 when nothing was answered.
	Status int `json:"status"`
	// RequestID is what the call is found by in other logs.
	RequestID string `json:"request_id"`
}

// timeLayout has the same width at all times, so that lines sort.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// line is e as a JSON object and a line feed, every member present, in the
// order of the struct.
func (e Entry) line() []byte {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	object, _ := json.Marshal(struct { // strings and a number always can be
		Time string `json:"time"`
		Entry
	}{e.Time.UTC().Format(timeLayout), e})
	return append(ascii(object), '\n')
}

// ascii escapes what is not printable ASCII. Nothing is lost, and whoever looks
// at the file in a terminal sees no look-alike, no hidden and no moved text.
func ascii(object []byte) []byte {
	plain := make([]byte, 0, len(object)+1)
	for _, r := range string(object) {
		switch {
		case r < 0x7F: // JSON has escaped what is below a space
			plain = append(plain, byte(r))
		case r <= 0xFFFF:
			plain = fmt.Appendf(plain, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			plain = fmt.Appendf(plain, `\u%04x\u%04x`, high, low)
		}
	}
	return plain
}
