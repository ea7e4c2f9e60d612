package otlp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"posthog-mcp/internal/private"
)

// rule is what a variable must look like when it is set.
type rule struct {
	variable string
	valid    func(string) bool
	expected string
}

const pairsExpected = "name=value pairs between commas, percent-encoded"

// ofExporter are the settings of an exporter. Each has a variable for all signals and
// one per signal; the library reads both.
var ofExporter = []rule{
	{"ENDPOINT", isAddress, "a URL like http://localhost:4318, without credentials and query"},
	{"HEADERS", areHeaders, pairsExpected},
	{"TIMEOUT", isMilliseconds, "milliseconds"},
	{"CERTIFICATE", isAuthority, "a readable file of PEM certificates"},
}

// ofSignal are the further variables that the library reads for a signal.
var ofSignal = map[Signal][]rule{
	Traces: {{"OTEL_TRACES_SAMPLER", isSampler, "one of " + strings.Join(samplers, ", ")}},
	Metrics: {
		{"OTEL_METRIC_EXPORT_INTERVAL", isMilliseconds, "milliseconds"},
		{"OTEL_METRIC_EXPORT_TIMEOUT", isMilliseconds, "milliseconds"},
	},
}

// Check returns what is wrong in the variables of the signal. The error names the
// variable, and does not repeat its value.
func (e Environment) Check(s Signal) error {
	rules := ofSignal[s]
	for _, r := range ofExporter {
		for _, variable := range s.variables(r.variable) {
			rules = append(rules, rule{variable, r.valid, r.expected})
		}
	}
	if s == Traces && strings.HasSuffix(strings.ToLower(e.get("OTEL_TRACES_SAMPLER")), "traceidratio") {
		rules = append(rules, rule{"OTEL_TRACES_SAMPLER_ARG", isRatio, "a number from 0 to 1"})
	}
	problems := []error{e.check(rules...)}
	// The library would go on without a certificate that it cannot read.
	keys := s.variables("CLIENT_KEY")
	for i, variable := range s.variables("CLIENT_CERTIFICATE") {
		certificate, key := e.get(variable), e.get(keys[i])
		if certificate+key != "" && !isPair(certificate, key) {
			problems = append(problems, fmt.Errorf("%s and %s: expected a readable pair of PEM files", variable, keys[i]))
		}
	}
	return errors.Join(problems...)
}

// CheckResource returns what is wrong in the variable that describes this process.
func (e Environment) CheckResource() error {
	return e.check(rule{"OTEL_RESOURCE_ATTRIBUTES", arePairs, pairsExpected})
}

func (e Environment) check(rules ...rule) error {
	var problems []error
	for _, r := range rules {
		if value := e.get(r.variable); value != "" && !r.valid(value) {
			problems = append(problems, fmt.Errorf("%s: expected %s", r.variable, r.expected))
		}
	}
	return errors.Join(problems...)
}

// samplers are those of OpenTelemetry's SDK for Go.
var samplers = []string{
	"always_on", "always_off", "traceidratio",
	"parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio",
}

func isSampler(value string) bool { return slices.Contains(samplers, strings.ToLower(value)) }

func isRatio(value string) bool {
	ratio, err := strconv.ParseFloat(value, 64)
	return err == nil && ratio >= 0 && ratio <= 1
}

// isAddress accepts the parts of a URL that the library uses. It ignores the others
// without a message.
func isAddress(value string) bool {
	u, err := url.Parse(value)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func isMilliseconds(value string) bool {
	ms, err := strconv.ParseUint(value, 10, 31)
	return err == nil && ms > 0
}

// longestPEM bounds a file of certificates or a key, in bytes.
const longestPEM = 4 << 20

func isPair(certificate, key string) bool {
	certificatePEM, err := private.ReadPublic(certificate, longestPEM)
	keyPEM, keyErr := private.ReadPublic(key, longestPEM)
	_, pairErr := tls.X509KeyPair(certificatePEM, keyPEM)
	return err == nil && keyErr == nil && pairErr == nil
}

// isAuthority accepts no pipe: the exporter would wait for its writer.
func isAuthority(file string) bool {
	pem, err := private.ReadPublic(file, longestPEM)
	return err == nil && x509.NewCertPool().AppendCertsFromPEM(pem)
}

func areHeaders(list string) bool {
	return every(list, func(name, value string) bool {
		return httpguts.ValidHeaderFieldName(name) && httpguts.ValidHeaderFieldValue(value)
	})
}

func arePairs(list string) bool {
	return every(list, func(name, _ string) bool { return name != "" })
}

func every(list string, valid func(name, value string) bool) bool {
	for pair := range strings.SplitSeq(list, ",") {
		name, value, found := strings.Cut(pair, "=")
		value, err := url.PathUnescape(strings.TrimSpace(value))
		if !found || err != nil || !valid(strings.TrimSpace(name), value) {
			return false
		}
	}
	return true
}
