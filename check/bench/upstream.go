package main

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// subscriptions is where they are, in PostHog's API.
const subscriptions = "/api/projects/@current/subscriptions/"

// most is how many subscriptions there are, and the longest page.
const mostObjects = 100

// serveUpstream plays PostHog: it answers reads of subscriptions with realistic
// bytes, encoded once, so that a call costs it as little as net/http allows.
func serveUpstream(args []string) error {
	mux := http.NewServeMux()
	objects := make([]string, mostObjects)
	for i := range objects {
		objects[i] = subscription(i + 1)
	}
	pages := make([]string, mostObjects+1)
	for n := range pages {
		pages[n] = fmt.Sprintf(`{"count":%d,"next":"http://posthog.example%s?limit=%d&offset=%d","previous":null,"results":[%s]}`,
			mostObjects, subscriptions, n, n, strings.Join(objects[:n], ","))
	}
	answer := func(w http.ResponseWriter, among []string, number string) {
		i, err := strconv.Atoi(number)
		if err != nil || i < 1 || i > mostObjects {
			http.Error(w, `{"type":"invalid_request","code":"not_found","detail":"Not found.","attr":null}`, http.StatusNotFound)
			return
		}
		body := among[i+len(among)-mostObjects-1]
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write([]byte(body))
	}
	mux.HandleFunc("GET "+subscriptions+"{$}", func(w http.ResponseWriter, r *http.Request) { answer(w, pages, r.URL.Query().Get("limit")) })
	mux.HandleFunc("GET "+subscriptions+"{id}/{$}", func(w http.ResponseWriter, r *http.Request) { answer(w, objects, r.PathValue("id")) })
	return serve(args, nil, mux)
}

// object is a subscription as PostHog renders it: its fields in its order,
// compact, not escaping what JSON does not require to be escaped.
const object = `{"id":%[1]d,%[2]s,"resource_name":"%[3]s (all regions, last 90 days)","dashboard_export_insights":%[7]s,` +
	`"target_type":"email","target_value":"growth-team@hedgehog.example,product-leads@hedgehog.example,board-reports@hedgehog.example",` +
	`"frequency":"weekly","interval":2,"byweekday":["monday"],"bysetpos":null,"count":null,"start_date":"%[4]s","until_date":null,"created_at":"2026-01-04T07:12:45.123456Z",` +
	`"created_by":{"id":%[5]d,"uuid":"0193c1f2-7a4e-7000-8b1d-%012[5]x","distinct_id":"Gq3vTn8xLw5bKd2rYh7mZc4pJs9fAe6uXo1iVt0%[5]d",%[6]s,"email":"person%[5]d@hedgehog.example","is_email_verified":true,` +
	`"hedgehog_config":{"use_as_profile":true,"color":"blue","accessories":["beret","glasses"]},"role_at_organization":"product"},` +
	`"deleted":false,"enabled":true,"title":"%[3]s for the growth team, every second Monday (%[1]d)","summary":"sent every 2 weeks","next_delivery_date":"2027-01-04T09:00:00Z",` +
	`"integration_id":null,"invite_message":null,"summary_enabled":true,"summary_prompt_guide":"Start with what changed most against the period before. ` +
	`Name the segment, give the number and the likely cause; leave out what stayed within five percent. Close with one question worth asking this week."}`

// One object differs from the next, as in life; an umlaut and an ampersand are
// there because encoders treat them differently.
var (
	people = [...]string{
		`"first_name":"Maja","last_name":"Lindqvist"`, `"first_name":"Jürgen","last_name":"Weiß"`,
		`"first_name":"Amara","last_name":"Okafor"`, `"first_name":"Tomás","last_name":"Herrera"`,
	}
	topics = [...]string{"Activation funnel", "Weekly retention", "Signups & referrals", "Revenue by plan", "Feature adoption"}
)

func subscription(id int) string {
	what, insights := fmt.Sprintf(`"dashboard":null,"insight":%d,"insight_short_id":"q7Rk%04d"`, 48000+id, id), "[]"
	if id%2 == 1 {
		what, insights = fmt.Sprintf(`"dashboard":%d,"insight":null,"insight_short_id":null`, 7300+id), "[48101,48102,48117,48230]"
	}
	start := time.Date(2026, time.January, 5+14*id, 9, 0, 0, 0, time.UTC).Format(time.RFC3339)
	who := id % len(people)
	return fmt.Sprintf(object, id, what, topics[id%len(topics)], start, 9000+who, people[who], insights)
}
