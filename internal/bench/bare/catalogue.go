package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// operations are the names of the tools, what they do and which fields they
// take: as many as the product has, in a list of about the same size.
var operations = [...][3]string{
	{"subscriptions-list", "List the subscriptions of a project, newest first.", "project_id limit offset search ordering created_by resource_type target_type"},
	{"subscriptions-create", "Create a subscription.", "project_id dashboard insight dashboard_export_insights target_type target_value frequency interval byweekday bysetpos count start_date until_date enabled title integration_id invite_message summary_enabled summary_prompt_guide"},
	{"subscriptions-retrieve", "Get one subscription by its id.", "project_id id"},
	{"subscriptions-partial-update", "Change a subscription; what is not given stays as it is.", "project_id id dashboard insight dashboard_export_insights target_type target_value frequency interval byweekday bysetpos count start_date until_date enabled title integration_id invite_message summary_enabled summary_prompt_guide"},
	{"subscriptions-destroy", "Delete a subscription.", "project_id id"},
	{"subscriptions-test-delivery-create", "Send a subscription to its recipients now.", "project_id id"},
	{"subscriptions-summary-quota-retrieve", "Get how many AI summaries the organization uses.", "project_id"},
	{"users-list", "List the users that the key can see.", "limit offset search ordering"},
	{"users-retrieve", "Get one user.", "uuid"},
	{"users-partial-update", "Change a user; what is not given stays as it is.", "uuid title enabled settings summary_enabled until_date search note"},
	{"users-destroy", "Delete a user.", "uuid"},
	{"users-credentials-review-complete-create", "Mark the review of credentials as done.", "uuid"},
	{"users-github-login-retrieve", "Get the GitHub login of a user.", "uuid"},
	{"users-hedgehog-config-retrieve", "Get the hedgehog of a user.", "uuid"},
	{"users-hedgehog-config-partial-update", "Replace the hedgehog of a user.", "uuid settings title enabled"},
	{"session-recordings-sharing-passwords-create", "Add a password to a shared recording.", "project_id recording_id note enabled settings"},
	{"session-recordings-sharing-passwords-destroy", "Remove a password of a shared recording.", "project_id recording_id id"},
	{"session-recordings-sharing-refresh-create", "Give a shared recording a new link.", "project_id recording_id enabled settings"},
}

// fields are the schemas of all arguments, by name.
var fields = map[string]string{
	"project_id":                `{"type":"string","description":"The numeric id of the project, or @current for the project of the key, which is the default."}`,
	"recording_id":              `{"type":"string","description":"The id of the session recording, as the list of recordings and the address of its page have it."}`,
	"uuid":                      `{"type":"string","description":"The user's UUID, or @me for the owner of the key, which is the only one that people who are not staff can name."}`,
	"id":                        `{"type":"integer","description":"The id, as the list gives it."}`,
	"limit":                     `{"type":"integer","minimum":1,"description":"How many results a page has; the API's default is 100."}`,
	"offset":                    `{"type":"integer","minimum":0,"description":"How many results to skip, counted from the first."}`,
	"search":                    `{"type":"string","description":"Words that must all occur in the title or in the name of what is sent, in any case."}`,
	"ordering":                  `{"type":"string","description":"The field to order by, with a minus in front for the reverse: created_at, next_delivery_date, title."}`,
	"created_by":                `{"type":"string","format":"uuid","description":"The UUID of the user who created it."}`,
	"resource_type":             `{"type":"string","enum":["insight","dashboard"],"description":"What is sent."}`,
	"dashboard":                 `{"type":["integer","null"],"description":"The id of the dashboard to send; not together with an insight."}`,
	"insight":                   `{"type":["integer","null"],"description":"The id of the insight to send; not together with a dashboard."}`,
	"dashboard_export_insights": `{"type":"array","items":{"type":"integer"},"maxItems":6,"description":"The ids of the dashboard's insights to include, six at most."}`,
	"target_type":               `{"type":"string","enum":["email","slack","webhook"],"description":"How it is delivered."}`,
	"target_value":              `{"type":"string","minLength":1,"description":"Where it goes: addresses with commas between them, a channel, or a URL."}`,
	"frequency":                 `{"type":"string","enum":["daily","weekly","monthly","yearly"],"description":"How often it is sent."}`,
	"interval":                  `{"type":"integer","minimum":1,"description":"Every how many days, weeks, months or years; 1 when not given."}`,
	"byweekday":                 `{"type":["array","null"],"items":{"type":"string","enum":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]},"description":"On which weekdays."}`,
	"bysetpos":                  `{"type":["integer","null"],"description":"Which of the weekdays in the period: 1 is the first, -1 the last."}`,
	"count":                     `{"type":["integer","null"],"description":"After how many deliveries it ends, counted from the start date."}`,
	"start_date":                `{"type":"string","format":"date-time","description":"When it is first sent, in ISO 8601."}`,
	"until_date":                `{"type":["string","null"],"format":"date-time","description":"When it ends, in ISO 8601; null for never."}`,
	"enabled":                   `{"type":"boolean","description":"Whether it is in force; it is kept when it is not."}`,
	"title":                     `{"type":["string","null"],"maxLength":100,"description":"A name for people to know it by."}`,
	"integration_id":            `{"type":["integer","null"],"description":"The id of the Slack integration; needed for Slack, for nothing else."}`,
	"invite_message":            `{"type":["string","null"],"description":"A message for new recipients, in the first mail they get."}`,
	"summary_enabled":           `{"type":"boolean","description":"Whether an AI summary is written into each delivery."}`,
	"summary_prompt_guide":      `{"type":"string","maxLength":500,"description":"What the summary should look at, in plain words."}`,
	"note":                      `{"type":"string","maxLength":100,"description":"A note to know it by, shown to members of the project."}`,
	"settings":                  `{"type":["object","null"],"description":"Options, as PostHog's own pages write them; unknown ones are dropped."}`,
}

func catalogue() []mcp.Tool {
	const more = " It needs a personal API key with the scope for it and acts on the project of that key unless another is named. What the API answers is returned as it is; an error comes back in the API's own words, with its status."
	var tools []mcp.Tool
	for _, o := range operations {
		var properties []string
		for name := range strings.FieldsSeq(o[2]) {
			properties = append(properties, fmt.Sprintf("%q:%s", name, fields[name]))
		}
		schema := fmt.Sprintf(`{"type":"object","properties":{%s}}`, strings.Join(properties, ","))
		tools = append(tools, mcp.NewToolWithRawSchema(o[0], o[1]+more, json.RawMessage(schema)))
	}
	return tools
}
