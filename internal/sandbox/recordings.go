package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

func listRecordings(c *call) reply {
	if err := c.checkRecordingParams(); err != nil {
		return failed(err)
	}
	from := recordingsFrom(c.query.Get("date_from"), c.now)
	found := c.rows("recordings", func(r row) bool { return !r.time("start_time").Before(from) && c.wantsSession(r.text("id")) })
	limit, offset := c.page(50)
	return ok(object{{"results", c.showRecordings(cutOut(found, limit, offset))}, {"has_next", offset+limit < len(found)}, {"version", 4}})
}

// checkRecordingParams knows all that the query model of recordings does, which
// forbids others. It answers as the model's library does: a list of errors,
// as JSON in the detail.
func (c *call) checkRecordingParams() *drf.Error {
	var problems []object
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		if !oneOf("recording_params", name) {
			problems = append(problems, object{{"type", "extra_forbidden"}, {"loc", []string{name}}, {"msg", "Extra inputs are not permitted"},
				{"input", c.query.Get(name)}})
		}
	}
	if problems == nil {
		return nil
	}
	return drf.Invalid("", string(raw(problems)))
}

func (c *call) wantsSession(id string) bool {
	raw := c.query.Get("session_ids")
	if raw == "" {
		return true
	}
	var ids []string
	return json.Unmarshal([]byte(raw), &ids) == nil && slices.Contains(ids, id)
}

// recordingsFrom reads -7d, -12h or a date; the default is three days back.
func recordingsFrom(text string, now time.Time) time.Time {
	text = strings.Trim(text, `"`)
	if t, err := time.Parse(time.DateOnly, text[:min(len(text), len(time.DateOnly))]); err == nil {
		return t
	}
	var n int
	var unit rune
	if _, err := fmt.Sscanf(text, "-%d%c", &n, &unit); err == nil && n < 100_000 {
		return now.Add(-time.Duration(n) * map[rune]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[unit])
	}
	return now.AddDate(0, 0, -3)
}

func getRecording(c *call) reply {
	r := c.find("recordings", c.project.number("id"), c.values["recording"])
	if r == nil {
		return failed(drf.Missing("Recording not found"))
	}
	return ok(c.showRecordings([]row{r})[0])
}

const retentionDays = 90

// showRecordings adds what follows from the time and from the person.
func (c *call) showRecordings(rows []row) []object {
	out := []object{}
	for _, r := range rows {
		seconds, _ := as[json.Number](r, "recording_duration").Float64()
		seconds = max(seconds, float64(r.number("recording_duration")))
		start, clicks := r.time("start_time"), r.number("click_count")
		expiry := start.AddDate(0, 0, retentionDays)
		who := cmp.Or(r.text("person"), "anonymous-"+r.text("id")[len(r.text("id"))-4:])
		out = append(out, c.show("recording", r.with(row{
			"distinct_id": who, "active_seconds": seconds / 2, "inactive_seconds": seconds / 2,
			"end_time": start.Add(time.Duration(seconds) * time.Second), "expiry_time": expiry, "recording_ttl": int64(expiry.Sub(c.now).Hours() / 24),
			"keypress_count": 3 * clicks, "mouse_activity_count": 20 * clicks, "activity_score": float64(clicks%100) + 0.5,
			"person": object{{"name", who}, {"distinct_ids", []string{who}}, {"properties", row{"email": r.text("person"), "$os": "Linux", "$geoip_city_name": "Lisbon"}}},
		})))
	}
	return out
}
