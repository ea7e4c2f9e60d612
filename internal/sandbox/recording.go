package sandbox

import (
	"fmt"
	"time"
)

// A recording is a session that can be replayed and shared.
type recording struct {
	ID       string
	project  int64
	start    time.Time
	duration float64
	url      string
	clicks   int
	errors   int
	person   string
}

// RecordingCheckout is a recording of the main project.
const RecordingCheckout = "0195f3a2-7c41-7b6e-9d2a-000000000001"

// seedRecordings are of the days before now, as PostHog keeps them for weeks.
func (w *world) seedRecordings(now time.Time) {
	rows := []recording{
		{ID: RecordingCheckout, duration: 312.4, url: "https://app.hedgebox.example/checkout?plan=team", clicks: 27, errors: 2, person: "ana@customer.example"},
		{ID: "0195f3a2-7c41-7b6e-9d2a-000000000002", duration: 58.1, url: "https://app.hedgebox.example/signup", clicks: 6, person: "kofi@customer.example"},
		{ID: "0195f3a2-7c41-7b6e-9d2a-000000000003", duration: 1204.9, url: "https://app.hedgebox.example/files", clicks: 143, person: "mei@customer.example"},
		{ID: "0195f3a2-7c41-7b6e-9d2a-000000000004", duration: 17.0, url: "https://app.hedgebox.example/login", clicks: 3, errors: 5, person: ""},
		{ID: "0195f3a2-7c41-7b6e-9d2a-000000000005", duration: 640.3, url: "https://app.hedgebox.example/settings/billing", clicks: 51, errors: 1, person: "sven@customer.example"},
		{ID: "0195f3a2-7c41-7b6e-9d2a-000000000006", duration: 95.5, url: "https://app.hedgebox.example/invite", clicks: 9, person: "lucia@customer.example"},
	}
	for n := range 3 {
		// These are older than a list shows by itself.
		rows = append(rows, recording{
			ID: fmt.Sprintf("0195f3a2-7c41-7b6e-9d2a-%012d", 7+n), duration: 41.5, url: "https://app.hedgebox.example/", clicks: 4 + n,
		})
	}
	for i := range rows {
		rows[i].project = ProjectMain
		age := 7 + 11*i
		if i > 5 {
			age = 24 * 5 * (i - 5)
		}
		rows[i].start = now.Add(-time.Duration(age) * time.Hour).Truncate(time.Second)
		w.recordings = append(w.recordings, &rows[i])
	}
}
