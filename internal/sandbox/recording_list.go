package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
)

// recordingView is a recording in the API's order.
type recordingView struct {
	ID            string     `json:"id"`
	DistinctID    string     `json:"distinct_id"`
	Viewed        bool       `json:"viewed"`
	Viewers       []string   `json:"viewers"`
	Duration      float64    `json:"recording_duration"`
	Active        float64    `json:"active_seconds"`
	Inactive      float64    `json:"inactive_seconds"`
	Start         drf.Time   `json:"start_time"`
	End           drf.Time   `json:"end_time"`
	Clicks        int        `json:"click_count"`
	Keypresses    int        `json:"keypress_count"`
	MouseActivity int        `json:"mouse_activity_count"`
	Logs          int        `json:"console_log_count"`
	Warnings      int        `json:"console_warn_count"`
	Errors        int        `json:"console_error_count"`
	StartURL      string     `json:"start_url"`
	Person        personView `json:"person"`
	Storage       string     `json:"storage"`
	RetentionDays int        `json:"retention_period_days"`
	Expiry        drf.Time   `json:"expiry_time"`
	TTL           int        `json:"recording_ttl"`
	Source        string     `json:"snapshot_source"`
	Library       string     `json:"snapshot_library"`
	Ongoing       bool       `json:"ongoing"`
	ActivityScore float64    `json:"activity_score"`
}

type personView struct {
	Name        string         `json:"name"`
	DistinctIDs []string       `json:"distinct_ids"`
	Properties  map[string]any `json:"properties"`
}

const retentionDays = 90

func (r *recording) view(now time.Time) recordingView {
	id := r.person
	if id == "" {
		id = "anonymous-" + r.ID[len(r.ID)-4:]
	}
	expiry := r.start.AddDate(0, 0, retentionDays)
	return recordingView{
		ID: r.ID, DistinctID: id, Viewers: []string{}, Duration: r.duration, Active: r.duration / 2, Inactive: r.duration / 2,
		Start: drf.Time{Time: r.start}, End: drf.Time{Time: r.start.Add(time.Duration(r.duration) * time.Second)}, Clicks: r.clicks,
		Keypresses: 3 * r.clicks, MouseActivity: 20 * r.clicks, Logs: 4, Errors: r.errors, StartURL: r.url,
		Person:  personView{id, []string{id}, map[string]any{"email": r.person, "$os": "Linux", "$geoip_city_name": "Lisbon"}},
		Storage: "object_storage_v2", RetentionDays: retentionDays, Expiry: drf.Time{Time: expiry}, TTL: int(expiry.Sub(now).Hours() / 24),
		Source: "web", Library: "posthog-js", ActivityScore: float64(r.clicks%100) + 0.5,
	}
}

// recordingParams are all that the query model of recordings knows; it
// forbids others.
var recordingParams = []string{
	"kind", "limit", "offset", "after", "date_from", "date_to", "session_ids", "person_uuid", "distinct_ids", "properties", "events",
	"actions", "console_log_filters", "having_predicates", "filter_test_accounts", "operand", "order", "order_direction",
}

type recordingPage struct {
	Results []recordingView `json:"results"`
	HasNext bool            `json:"has_next"`
	Version int             `json:"version"`
}

func listRecordings(c *call) reply {
	if err := c.checkRecordingParams(); err != nil {
		return failed(err)
	}
	from := recordingsFrom(c.query.Get("date_from"), c.now)
	views := []recordingView{}
	for _, r := range c.recordings {
		if r.project == c.project.ID && !r.start.Before(from) && c.wantsSession(r.ID) {
			views = append(views, r.view(c.now))
		}
	}
	limit, offset := positive(c.query.Get("limit"), 1, 50), positive(c.query.Get("offset"), 0, 0)
	total := len(views)
	return ok(recordingPage{views[min(offset, total):min(offset+limit, total)], offset+limit < total, 4})
}

// checkRecordingParams answers as the model's library does: a list of errors,
// as JSON in the detail.
func (c *call) checkRecordingParams() *drf.Error {
	type problem struct {
		Type  string   `json:"type"`
		Loc   []string `json:"loc"`
		Msg   string   `json:"msg"`
		Input string   `json:"input"`
	}
	var problems []problem
	for _, name := range slices.Sorted(maps.Keys(c.query)) {
		if !slices.Contains(recordingParams, name) && name != "personal_api_key" {
			problems = append(problems, problem{"extra_forbidden", []string{name}, "Extra inputs are not permitted", c.query.Get(name)})
		}
	}
	if problems == nil {
		return nil
	}
	detail, _ := drf.Encode(problems)
	return drf.Invalid("", string(detail))
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
	if len(text) > 2 && text[0] == '-' {
		if n, err := strconv.Atoi(text[1 : len(text)-1]); err == nil && n < 100_000 {
			unit := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[text[len(text)-1]]
			return now.Add(-time.Duration(n) * unit)
		}
	}
	return now.AddDate(0, 0, -3)
}

func getRecording(c *call) reply {
	for _, r := range c.recordings {
		if r.project == c.project.ID && r.ID == c.values["recording"] {
			return ok(r.view(c.now))
		}
	}
	return failed(drf.Missing("Recording not found"))
}
