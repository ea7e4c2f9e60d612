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
	number, isNumber := value.(json.Number)
	switch kind := rules().Notifications[key]; {
	case kind == "":
		return "Key " + key + " is not valid as a key for notification settings"
	case isBool && kind == "flag", isBool && kind == "number": // Python's booleans are numbers.
		return ""
	case kind == "flag":
		return drf.Text(value) + " is not a valid type for notification settings, should be <class 'bool'>"
	case kind == "number" && !isNumber:
		return key + " must be a number, got <class '" + drf.TypeName(value) + "'> instead"
	case kind == "number":
		if f, err := number.Float64(); err != nil || f < 0 || f > 1 {
			return key + " must be between 0.0 and 1.0, got " + drf.Text(value)
		}
		return ""
	case kind == "maps" && !isObject:
		return key + " must be a dict"
	case !isObject:
		return key + " must be a dictionary mapping IDs to boolean values"
	}
	return refusedEntries(key, object)
}

// refusedEntries checks a map of booleans, or a map of them by type.
func refusedEntries(key string, object map[string]any) string {
	byType := rules().Notifications[key] == "maps"
	for _, id := range slices.Sorted(maps.Keys(object)) {
		teams, isMap := object[id].(map[string]any)
		_, isBool := object[id].(bool)
		switch odd := oddOne(teams); {
		case byType && !oneOf("realtime_types", id):
			return "Unknown notification type " + id
		case byType && !isMap:
			return "Per-type value for " + id + " must be a dict of team_id to bool"
		case byType && odd != "":
			return "Disabled flag for " + id + " must be boolean, got " + odd
		case !byType && !isBool:
			return "Notification setting values must be boolean, got " + oddOne(object) + " instead"
		case key == "pipeline_notifications_disabled" && !pipelineForm().MatchString(id):
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
