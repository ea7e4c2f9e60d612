package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"

	"posthog-mcp/internal/sandbox/drf"
)

// checkNotifications checks the keys in alphabetical order. Its rules and sentences
// are those of PostHog's source of autumn 2026.
func (w *userWrite) checkNotifications(settings map[string]any) *drf.Error {
	const attr = "notification_settings"
	stored := as[row](w.target, attr)
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		// An unchanged governed flag is accepted.
		if w.switches.GovernedNotification == key && stored[key] != settings[key] {
			return drf.Rejected(attr, "permission_denied", key+" is set by your organization and cannot be changed here")
		}
		if sentence := refusedNotification(key, settings[key]); sentence != "" {
			return drf.Invalid(attr, sentence)
		}
	}
	after := merged(stored, settings)
	if pipelines := as[row](after, "pipeline_notifications_disabled"); len(pipelines) > maxPipelines {
		return drf.Invalid(attr, fmt.Sprintf("pipeline_notifications_disabled cannot have more than %d entries", maxPipelines))
	}
	if len(raw(after)) > maxBody {
		return limitExceeded(maxBody, len(raw(after)))
	}
	return nil
}

const maxPipelines = 1000

var pipelineForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:hog_function|batch_export|plugin_config):[0-9a-zA-Z-]{1,128}$`)
})

func refusedNotification(key string, value any) string {
	object, isObject := value.(map[string]any)
	_, isBool := value.(bool)
	switch rules().Notifications[key] {
	case "":
		return "Key " + key + " is not valid as a key for notification settings"
	case "flag":
		if !isBool {
			return drf.Text(value) + " is not a valid type for notification settings, should be <class 'bool'>"
		}
		return ""
	case "number":
		return refusedThreshold(value)
	case "maps":
		if !isObject {
			return key + " must be a dict"
		}
		return refusedRealtime(object)
	}
	if !isObject {
		return key + " must be a dictionary mapping IDs to boolean values"
	}
	if odd := oddOne(object); odd != "" {
		return "Notification setting values must be boolean, got " + odd + " instead"
	}
	for _, id := range slices.Sorted(maps.Keys(object)) {
		if key == "pipeline_notifications_disabled" && !pipelineForm().MatchString(id) {
			return "Invalid pipeline id: " + drf.Repr(id)
		}
	}
	return ""
}

// oddOne returns the class of the first value that is no boolean; empty for none.
func oddOne(object map[string]any) string {
	for _, id := range slices.Sorted(maps.Keys(object)) {
		if _, isBool := object[id].(bool); !isBool {
			return "<class '" + drf.TypeName(object[id]) + "'>"
		}
	}
	return ""
}

// refusedRealtime checks maps by type, then by team.
func refusedRealtime(types map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(types)) {
		teams, isObject := types[name].(map[string]any)
		switch odd := oddOne(teams); {
		case !oneOf("realtime_types", name):
			return "Unknown notification type " + name
		case !isObject:
			return "Per-type value for " + name + " must be a dict of team_id to bool"
		case odd != "":
			return "Disabled flag for " + name + " must be boolean, got " + odd
		}
	}
	return ""
}

func refusedThreshold(value any) string {
	const key = "data_pipeline_error_threshold"
	number, isNumber := value.(json.Number)
	if _, isBool := value.(bool); isBool {
		// Python's booleans are numbers.
		return ""
	}
	if !isNumber {
		return key + " must be a number, got <class '" + drf.TypeName(value) + "'> instead"
	}
	if f, err := number.Float64(); err != nil || f < 0 || f > 1 {
		return key + " must be between 0.0 and 1.0, got " + drf.Text(value)
	}
	return ""
}

// merged returns old with the changes. Maps are merged key by key, at any depth.
func merged(old row, changes map[string]any) row {
	out := maps.Clone(old)
	if out == nil {
		out = row{}
	}
	for name, value := range changes {
		if object, isObject := value.(map[string]any); isObject {
			value = merged(as[row](old, name), object)
		}
		out[name] = value
	}
	return out
}
