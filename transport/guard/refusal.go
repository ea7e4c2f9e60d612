package guard

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// shownMax bounds, in bytes, what an answer or a log line repeats of a request.
const shownMax = 100

// refusal is an answer that the guard gives in place of the handler behind it.
type refusal struct {
	status int
	// challenge is the WWW-Authenticate header, if any.
	challenge string

	// code is stable, for programs.
	code string
	// message says to a person what is wrong and what to do.
	message string
	// id finds the request in the log, if it is there.
	id string
}

// write sends f. That the client may be gone by now is no concern.
func (f *refusal) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	if f.challenge != "" {
		h.Set("WWW-Authenticate", f.challenge)
	}
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(struct {
		Error   string `json:"error"`
		Message string `json:"message"`
		ID      string `json:"id,omitempty"`
	}{f.code, f.message, f.id})
}

// quote makes a piece of a request fit to be shown: short, ASCII, in quotes.
func quote(s string) string { return strconv.QuoteToASCII(cut(s)) }

// cut makes a piece of a request fit for a log, whose handler escapes it.
func cut(s string) string { return s[:min(len(s), shownMax)] }
