package tools

import (
	"fmt"
	"net/mail"
	"strings"

	"posthog-mcp/schema"
)

// checkCreate refuses what PostHog would take and nobody can have meant, or
// would refuse late.
func checkCreate(args *schema.Arguments) (found schema.Problems) {
	if isGiven(args, "dashboard") == isGiven(args, "insight") {
		found = append(found, schema.Problem{Text: "dashboard, insight: give one of the two, it is what gets sent"})
	}
	if argumentText(args, "target_type") == "slack" && !isGiven(args, "integration_id") {
		found = append(found, schema.Problem{Field: "integration_id", Text: "required with target_type slack: the number of the project's Slack integration"})
	}
	return append(found, checkAddresses(args)...)
}

// checkAddresses looks at the recipients that a call names. PostHog checks no
// address, and its worker neither trims nor understands display names: what is
// wrong here would be mail to nobody, or to somebody else.
func checkAddresses(args *schema.Arguments) (found schema.Problems) {
	if argumentText(args, "target_type") != "email" || !isGiven(args, "target_value") {
		return nil
	}
	for i, address := range strings.Split(argumentText(args, "target_value"), ",") {
		if !isAddress(address) {
			found = append(found, schema.Problem{
				Field: "target_value",
				Text:  fmt.Sprintf("item %d is not an email address; give plain addresses, joined by commas without spaces", i+1),
			})
		}
	}
	return found
}

// isAddress tells whether s is an address and nothing else.
func isAddress(s string) bool {
	parsed, err := mail.ParseAddress(s)
	return err == nil && parsed.Address == s && !strings.ContainsAny(s, " \t\"")
}

// isGiven tells whether an argument has a value other than null.
func isGiven(args *schema.Arguments, name string) bool {
	raw := args.Get(name)
	return raw != nil && string(raw) != "null"
}

func argumentText(args *schema.Arguments, name string) string {
	if !isGiven(args, name) {
		return ""
	}
	return schema.Argument{Raw: args.Get(name)}.Text()
}
