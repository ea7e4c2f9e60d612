package sharing

import (
	"fmt"
	"net/url"

	"github.com/tidwall/gjson"

	"posthog-mcp/tools/engine"
	"posthog-mcp/tools/view"
)

// showSharing shows a link only where it opens something: of a recording that
// was never shared, PostHog makes up a token anew for each look.
func showSharing(o *view.Object, object gjson.Result, r engine.Rendering) {
	passwords := object.Get("share_passwords")
	taken := view.Rows{Item: func(to []byte, password gjson.Result) []byte {
		return view.Fields{"id": nil, "note": nil, "created_at": nil}.Select(to, password)
	}}.Take(passwords)
	o.Raw("enabled", object.Get("enabled"))
	o.Raw("password_required", object.Get("password_required"))
	if settings := object.Get("settings"); settings.IsObject() && settings.Raw != "{}" {
		o.Raw("settings", settings)
	}
	if taken.Shown > 0 {
		o.JSON("passwords", taken.JSON)
	}
	if isShared(object) {
		o.Text("link", r.Host+"/shared/"+url.PathEscape(object.Get("access_token").String()))
	}
	warnings := sharingWarnings(object)
	if taken.Left {
		warnings = append(warnings, fmt.Sprintf("Only %d of the passwords fit into the answer.", taken.Shown))
	}
	o.Texts("warnings", warnings)
}

// isShared tells whether the link opens something.
func isShared(object gjson.Result) bool {
	return object.Get("enabled").Bool() && object.Get("created_at").Type == gjson.String
}

// isOpen says that who has the link needs nothing else.
func isOpen(object gjson.Result) bool {
	return object.Get("enabled").Bool() && !object.Get("password_required").Bool()
}

func sharingWarnings(object gjson.Result) []string {
	if object.Get("enabled").Bool() && object.Get("password_required").Bool() && len(object.Get("share_passwords").Array()) == 0 {
		return []string{"Nobody can open the link while it has no password: session-recordings-sharing-passwords-create adds one."}
	}
	return nil
}
