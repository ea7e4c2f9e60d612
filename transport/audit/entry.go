package audit

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf16"
)

// Entry is one write, or an attempt at one. Of the arguments it has only the
// recipients.
type Entry struct {
	// Time is when the call was answered; zero for now. It is written in UTC with
	// milliseconds (RFC 3339).
	Time   time.Time `json:"-"`
	Caller string    `json:"caller"` // the caller's name, never a key
	Tool   string    `json:"tool"`
	// Target has the recipients' domains or channels, without names or paths: a
	// webhook's URL is a secret.
	Target string `json:"target"`
	Result string `json:"result"` // one of the outcomes that package tools declares
	Status int    `json:"status"` // PostHog's, of HTTP; 0 for no answer
	// RequestID identifies the call in other logs.
	RequestID string `json:"request_id"`
}

// timeLayout always has the same width, so that lines sort by time.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// line returns e as a JSON object and a line feed. Every member is present, in the
// order of the struct.
func (e Entry) line() []byte {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	object, _ := json.Marshal(struct { // strings and a number cannot fail
		Time string `json:"time"`
		Entry
	}{e.Time.UTC().Format(timeLayout), e})
	return append(ascii(object), '\n')
}

// ascii escapes all characters but printable ASCII, so that a terminal shows no
// look-alike, hidden or moved text.
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
