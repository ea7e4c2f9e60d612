package sandbox

import (
	"encoding/json"
	"maps"
	"slices"

	"posthog-mcp/internal/sandbox/drf"
)

// merged is old with what changes names.
func merged(old map[string]json.RawMessage, changes map[string]any) map[string]json.RawMessage {
	out := maps.Clone(old)
	maps.Copy(out, stored(changes))
	return out
}

// notificationKeys by what their value is.
var (
	notificationFlags = []string{
		"plugin_disabled", "all_weekly_digest_disabled", "all_weekly_report_disabled", "error_tracking_issue_assigned",
		"discussions_mentioned",
	}
	notificationMaps = []string{
		"project_weekly_digest_disabled", "error_tracking_weekly_digest_project_enabled",
		"web_analytics_weekly_digest_project_enabled", "organization_member_join_email_disabled", "pipeline_notifications_disabled",
	}
)

const (
	notificationThreshold = "data_pipeline_error_threshold"
	notificationRealtime  = "realtime_notifications_disabled"
)

func isNotificationKey(key string) bool {
	return key == notificationThreshold || key == notificationRealtime ||
		slices.Contains(notificationFlags, key) || slices.Contains(notificationMaps, key)
}

// checkNotifications looks at the keys in the order of their names.
func checkNotifications(settings map[string]any) *drf.Error {
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		if sentence := refusedNotification(key, settings[key]); sentence != "" {
			return drf.Invalid("notification_settings", sentence)
		}
	}
	return nil
}

func refusedNotification(key string, value any) string {
	switch {
	case !isNotificationKey(key):
		return "Key " + key + " is not valid as a key for notification settings"
	case key == notificationThreshold:
		return refusedThreshold(value)
	case slices.Contains(notificationFlags, key):
		if _, ok := value.(bool); !ok {
			return "Notification setting values must be boolean, got <class '" + drf.TypeName(value) + "'> instead"
		}
		return ""
	}
	depth := 1
	if key == notificationRealtime {
		depth = 2
	}
	if !mapsToBooleans(value, depth) {
		return key + " must be a dictionary mapping IDs to boolean values"
	}
	return ""
}

func refusedThreshold(value any) string {
	if number, ok := value.(json.Number); ok {
		if f, err := number.Float64(); err == nil && f >= 0 && f <= 1 {
			return ""
		}
	}
	return notificationThreshold + " must be between 0.0 and 1.0, got " + drf.Text(value)
}

// mapsToBooleans says whether the value is dictionaries, so deep, of booleans.
func mapsToBooleans(value any, depth int) bool {
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	for _, v := range object {
		_, isBool := v.(bool)
		if depth == 1 && !isBool || depth > 1 && !mapsToBooleans(v, depth-1) {
			return false
		}
	}
	return true
}
