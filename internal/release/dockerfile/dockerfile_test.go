package dockerfile_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"posthog-mcp/internal/release/dockerfile"
	"posthog-mcp/internal/release/roots"
)

func TestTheProjectsDockerfile(t *testing.T) {
	content, err := os.ReadFile("../../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	got, err := dockerfile.Last(string(content), map[string]string{"VERSION": "v1.2.3", "REVISION": "abc"})
	if err != nil {
		t.Fatal(err)
	}
	want := dockerfile.Stage{
		From: "scratch",
		Copies: []dockerfile.Copy{
			{Source: "/ca-certificates.crt", Target: roots.Path},
			{Source: "/out/posthog-mcp", Target: "/usr/local/bin/posthog-mcp"},
		},
		Labels: map[string]string{
			"org.opencontainers.image.title":       "posthog-mcp",
			"org.opencontainers.image.description": "An MCP server for PostHog's subscriptions, users and recording sharing",
			"org.opencontainers.image.licenses":    "MIT",
			"org.opencontainers.image.version":     "v1.2.3",
			"org.opencontainers.image.revision":    "abc",
		},
		Env:        []string{"PATH=/usr/local/bin"},
		User:       "65532:65532",
		Entrypoint: []string{"/usr/local/bin/posthog-mcp"},
		Cmd:        []string{"stdio"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLastIsTheLastStageAlone(t *testing.T) {
	got, err := dockerfile.Last("FROM scratch AS first\nUSER 0\nENV A=1\nFROM scratch\n# USER 1\nuser 2\nLABEL a=b \\\n  c=\"d e\"\n", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := dockerfile.Stage{From: "scratch", User: "2", Labels: map[string]string{"a": "b", "c": "d e"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatItDoesNotKnowIsAnError(t *testing.T) {
	for content, want := range map[string]string{
		"":                           `from ""`,
		"FROM golang:1.26":           `from "golang:1.26"`,
		"FROM scratch\nRUN true":     "RUN true: not an instruction",
		"FROM scratch\nVOLUME /data": "VOLUME /data",
		"FROM scratch\nCOPY a /a":    "expected --from=STAGE",
		"FROM scratch\nCOPY --from=b --chmod=4755 /a /a": "expected --from=STAGE",
		"FROM scratch\nCMD stdio":                        "CMD stdio",
		"FROM scratch\nENV A":                            "expected KEY=VALUE",
		"FROM scratch\nLABEL a=\"b":                      "expected KEY=VALUE",
	} {
		_, err := dockerfile.Last(content, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", content, err, want)
		}
	}
}
