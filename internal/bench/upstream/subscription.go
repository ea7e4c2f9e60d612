package main

import (
	"bytes"
	"fmt"
	"time"
)

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

func subscription(id int) []byte {
	what, insights := fmt.Sprintf(`"dashboard":null,"insight":%d,"insight_short_id":"q7Rk%04d"`, 48000+id, id), "[]"
	if id%2 == 1 {
		what, insights = fmt.Sprintf(`"dashboard":%d,"insight":null,"insight_short_id":null`, 7300+id), "[48101,48102,48117,48230]"
	}
	start := time.Date(2026, time.January, 5+14*id, 9, 0, 0, 0, time.UTC).Format(time.RFC3339)
	who := id % len(people)
	return fmt.Appendf(nil, object, id, what, topics[id%len(topics)], start, 9000+who, people[who], insights)
}

// encode writes all answers; host is where next pages are said to be.
func encode(host string) *answers {
	a := &answers{pages: make([][]byte, pageSize+1), quota: []byte(`{"active_count":3,"limit":20,"at_limit":false}`)}
	for n := 1; n <= pageSize; n++ {
		a.objects = append(a.objects, subscription(n))
		next := "null"
		if n < pageSize {
			next = fmt.Sprintf(`"%s/api/projects/@current/subscriptions/?limit=%d&offset=%d"`, host, n, n)
		}
		a.pages[n] = fmt.Appendf(nil, `{"count":%d,"next":%s,"previous":null,"results":[%s]}`, pageSize, next, bytes.Join(a.objects, []byte(",")))
	}
	a.pages[0] = a.pages[pageSize]
	return a
}
