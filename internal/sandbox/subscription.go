package sandbox

import (
	"strings"
	"time"

	"posthog-mcp/internal/sandbox/drf"
	"posthog-mcp/internal/sandbox/schedule"
)

// A subscription is the row; the API's object is made of it by [world.show].
type subscription struct {
	id, project    int64
	dashboard      *int64
	insight        *int64
	exportInsights []int64
	targetType     string
	targetValue    string
	frequency      string
	interval       int64
	byWeekday      []string
	bySetPos       *int64
	count          *int64
	startDate      time.Time
	untilDate      *time.Time
	createdAt      time.Time
	createdBy      int64
	deleted        bool
	enabled        bool
	title          *string
	nextDelivery   *time.Time
	integration    *int64
	inviteMessage  *string
	summaryEnabled bool
	promptGuide    string
}

// subscriptionView is the object of the API, in its order.
type subscriptionView struct {
	ID             int64      `json:"id"`
	Dashboard      *int64     `json:"dashboard"`
	Insight        *int64     `json:"insight"`
	InsightShortID *string    `json:"insight_short_id"`
	ResourceName   *string    `json:"resource_name"`
	ExportInsights []int64    `json:"dashboard_export_insights"`
	TargetType     string     `json:"target_type"`
	TargetValue    string     `json:"target_value"`
	Frequency      string     `json:"frequency"`
	Interval       int64      `json:"interval"`
	ByWeekday      []string   `json:"byweekday"`
	BySetPos       *int64     `json:"bysetpos"`
	Count          *int64     `json:"count"`
	StartDate      drf.Time   `json:"start_date"`
	UntilDate      *drf.Time  `json:"until_date"`
	CreatedAt      drf.Time   `json:"created_at"`
	CreatedBy      *personRef `json:"created_by"`
	Deleted        bool       `json:"deleted"`
	Enabled        bool       `json:"enabled"`
	Title          *string    `json:"title"`
	Summary        string     `json:"summary"`
	NextDelivery   *drf.Time  `json:"next_delivery_date"`
	IntegrationID  *int64     `json:"integration_id"`
	// InviteMessage is input: the API never shows it again.
	InviteMessage  *string `json:"invite_message"`
	SummaryEnabled bool    `json:"summary_enabled"`
	PromptGuide    string  `json:"summary_prompt_guide"`
}

func (w *world) show(s *subscription) *subscriptionView {
	v := &subscriptionView{
		ID: s.id, Dashboard: s.dashboard, Insight: s.insight, ResourceName: w.resourceName(s),
		ExportInsights: s.exportInsights, TargetType: s.targetType, TargetValue: s.targetValue,
		Frequency: s.frequency, Interval: s.interval, ByWeekday: s.byWeekday, BySetPos: s.bySetPos, Count: s.count,
		StartDate: drf.Time{Time: s.startDate}, UntilDate: timePtr(s.untilDate), CreatedAt: drf.Time{Time: s.createdAt},
		CreatedBy: w.personRef(s.createdBy), Deleted: s.deleted, Enabled: s.enabled, Title: s.title,
		Summary: s.rule().Summary(), NextDelivery: timePtr(s.nextDelivery), IntegrationID: s.integration,
		SummaryEnabled: s.summaryEnabled, PromptGuide: s.promptGuide,
	}
	if v.ExportInsights == nil {
		v.ExportInsights = []int64{}
	}
	if s.insight != nil {
		v.InsightShortID = new(w.insights[*s.insight].ShortID)
	}
	return v
}

func timePtr(t *time.Time) *drf.Time {
	if t == nil {
		return nil
	}
	return &drf.Time{Time: *t}
}

// resourceName is what the subscription is about. An insight without a name
// of its own or a derived one is "None", the text.
func (w *world) resourceName(s *subscription) *string {
	switch {
	case s.insight != nil:
		name := w.insights[*s.insight].title()
		if name == "" {
			name = "None"
		}
		return &name
	case s.dashboard != nil:
		return new(w.dashboards[*s.dashboard].Name)
	}
	return nil
}

func (s *subscription) rule() schedule.Rule {
	return schedule.Rule{
		Frequency: s.frequency, Interval: s.interval, Weekdays: s.byWeekday, SetPos: s.bySetPos,
		Count: s.count, Start: s.startDate, Until: s.untilDate,
	}
}

// reschedule sets when the next delivery is due; nil when there is none.
func (s *subscription) reschedule(now time.Time) {
	s.nextDelivery = nil
	if next, ok, err := s.rule().Next(now); err == nil && ok {
		s.nextDelivery = &next
	}
}

// size is how many bytes of free text the row holds.
func (s *subscription) size() int {
	n := len(s.targetValue) + len(s.promptGuide) + 8*len(s.exportInsights) + 16*len(s.byWeekday)
	for _, text := range []*string{s.title, s.inviteMessage} {
		if text != nil {
			n += len(*text)
		}
	}
	return n
}

// recipients are the addresses of the target. PostHog splits at commas and
// does not trim.
func (s *subscription) recipients() []string {
	if s.targetType != "email" {
		return []string{s.targetValue}
	}
	return strings.Split(s.targetValue, ",")
}

func (w *world) findSubscription(project, id int64) *subscription {
	for _, s := range w.subscriptions {
		if s.id == id && s.project == project {
			return s
		}
	}
	return nil
}

// summaries is how many AI summaries are active in the organisation.
func (w *world) summaries(org string) (n int) {
	for _, s := range w.subscriptions {
		if s.summaryEnabled && !s.deleted && w.projects[s.project].Organization == org {
			n++
		}
	}
	return n
}

// summaryLimit is the plan's cap on active AI summaries.
func (w *world) summaryLimit(org string) int {
	switch w.plan(org) {
	case "free":
		return 10
	case "enterprise":
		return 100
	}
	return 20
}

// plan is what the organisation pays for; the second one nothing.
func (w *world) plan(org string) string {
	if org != orgHedgebox {
		return "free"
	}
	return w.switches.Plan
}
