package chart

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation"
)

func files(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: %v, %v", pattern, found, err)
	}
	return found
}

// eachRendering runs a test on the chart with each of the values.
func eachRendering(t *testing.T, test func(*testing.T, Objects)) {
	for _, values := range files(t, "testdata/values/*.yaml") {
		t.Run(filepath.Base(values), func(t *testing.T) {
			all, err := Render(t.Context(), values)
			if err != nil {
				t.Fatal(err)
			}
			test(t, all)
		})
	}
}

func TestLint(t *testing.T) {
	for _, values := range files(t, "testdata/values/*.yaml") {
		if out, err := helm(t.Context(), "lint", chart, "--strict", "--values", values); err != nil {
			t.Errorf("%s: %v\n%s", values, err, out)
		}
	}
}

// What cannot have been meant is refused before anything is installed.
func TestRefused(t *testing.T) {
	for _, values := range files(t, "testdata/refused/*.yaml") {
		if _, err := Render(t.Context(), values); err == nil {
			t.Errorf("%s is taken", values)
		}
	}
}

// The kinds that come with each of the values.
func TestKinds(t *testing.T) {
	want := map[string][]string{
		"defaults.yaml":  {"Deployment", "NetworkPolicy", "PodDisruptionBudget", "Service", "Service", "ServiceAccount"},
		"bare.yaml":      {"Deployment", "Service"},
		"own-redis.yaml": {"Deployment", "Ingress", "NetworkPolicy", "PodDisruptionBudget", "Service", "Service", "ServiceAccount"},
		"everything.yaml": {"Deployment", "Deployment", "HorizontalPodAutoscaler", "Ingress", "Ingress", "NetworkPolicy", "NetworkPolicy",
			"PodDisruptionBudget", "Secret", "Service", "Service", "Service", "ServiceAccount", "ServiceMonitor"},
	}
	eachRendering(t, func(t *testing.T, all Objects) {
		var kinds []string
		for name := range all {
			kind, _, _ := strings.Cut(name, " ")
			kinds = append(kinds, kind)
		}
		slices.Sort(kinds)
		_, values, _ := strings.Cut(t.Name(), "/")
		if !slices.Equal(kinds, want[values]) {
			t.Errorf("rendered %v, want %v", kinds, want[values])
		}
	})
}

func TestNames(t *testing.T) {
	eachRendering(t, func(t *testing.T, all Objects) {
		for what, o := range all {
			for _, problem := range validation.IsDNS1035Label(o.GetName()) {
				t.Errorf("%s: %s", what, problem)
			}
			if o.GetNamespace() != "ns" {
				t.Errorf("%s is in the namespace %q", what, o.GetNamespace())
			}
			for name, value := range o.GetLabels() {
				for _, problem := range append(validation.IsQualifiedName(name), validation.IsValidLabelValue(value)...) {
					t.Errorf("%s: label %s=%s: %s", what, name, value, problem)
				}
			}
		}
	})
}

// Every container of the chart can do as little as possible.
func TestConfinement(t *testing.T) {
	eachRendering(t, func(t *testing.T, all Objects) {
		for _, d := range of[*apps.Deployment](all) {
			pod := d.Spec.Template.Spec
			s := pod.SecurityContext
			switch {
			case s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot, s.RunAsUser != nil && *s.RunAsUser == 0:
				t.Errorf("%s may run as root", d.Name)
			case s.SeccompProfile == nil || s.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault:
				t.Errorf("%s may make any system call", d.Name)
			case pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken:
				t.Errorf("%s has a token of the cluster's", d.Name)
			case pod.EnableServiceLinks == nil || *pod.EnableServiceLinks:
				t.Errorf("%s gets variables of the cluster's services", d.Name)
			case pod.HostNetwork, pod.HostPID, pod.HostIPC:
				t.Errorf("%s sees the host", d.Name)
			}
			for _, c := range pod.Containers {
				s := c.SecurityContext
				switch {
				case s == nil || s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation:
					t.Errorf("%s may gain rights", c.Name)
				case s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem:
					t.Errorf("%s may change its files", c.Name)
				case s.Capabilities == nil || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) || len(s.Capabilities.Add) > 0:
					t.Errorf("%s has capabilities", c.Name)
				case c.Resources.Limits.Memory().IsZero():
					t.Errorf("%s may take all memory", c.Name)
				}
			}
		}
	})
}

// server is the deployment of the server, and its container.
func server(t *testing.T, all Objects) (*apps.Deployment, core.Container) {
	t.Helper()
	for _, d := range of[*apps.Deployment](all) {
		if d.Labels["app.kubernetes.io/component"] == "server" {
			return d, d.Spec.Template.Spec.Containers[0]
		}
	}
	t.Fatal("there is no server")
	return nil, core.Container{}
}

// Every flag is one that the program has.
func TestFlags(t *testing.T) {
	help, err := exec.CommandContext(t.Context(), os.Getenv("PRODUCT"), "http", "--help").Output()
	if err != nil {
		t.Fatalf("PRODUCT names no posthog-mcp: %v", err)
	}
	known := map[string]bool{}
	for _, flag := range regexp.MustCompile(`--(?:\[no-\])?[a-z0-9-]+`).FindAllString(string(help), -1) {
		known[flag] = true
	}
	eachRendering(t, func(t *testing.T, all Objects) {
		_, c := server(t, all)
		if c.Args[0] != "http" {
			t.Errorf("the command is %q", c.Args[0])
		}
		flags := slices.Clone(c.Args[1:])
		for _, e := range c.Env {
			if name, ok := strings.CutPrefix(e.Name, "POSTHOG_MCP_"); ok {
				flags = append(flags, "--"+strings.ToLower(strings.ReplaceAll(name, "_", "-")))
			}
		}
		for _, flag := range flags {
			if name, _, _ := strings.Cut(flag, "="); !known[name] {
				t.Errorf("posthog-mcp http has no %s", name)
			}
		}
	})
}

// Probes, limits and times fit each other.
func TestServer(t *testing.T) {
	eachRendering(t, func(t *testing.T, all Objects) {
		d, c := server(t, all)
		for path, probe := range map[string]*core.Probe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
			if probe == nil || probe.HTTPGet == nil || probe.HTTPGet.Path != path || probe.HTTPGet.Port.StrVal != "http" {
				t.Errorf("no probe of %s", path)
			}
		}
		limit := c.Resources.Limits[core.ResourceMemory]
		if want := resource.MustParse("150Mi"); limit.Cmp(want) != 0 {
			t.Errorf("the memory limit is %v", &limit)
		}
		for _, e := range c.Env {
			if e.Name == "GOMEMLIMIT" {
				if soft := resource.MustParse(strings.TrimSuffix(e.Value, "B")); soft.Cmp(limit) >= 0 {
					t.Errorf("GOMEMLIMIT %s is no less than %v", e.Value, &limit)
				}
			}
			if e.Name == "POSTHOG_PERSONAL_API_KEY" {
				t.Errorf("%s is in the environment", e.Name)
			}
		}
		drain := int64(0)
		for _, arg := range c.Args {
			if value, ok := strings.CutPrefix(arg, "--drain="); ok {
				q := resource.MustParse(strings.TrimSuffix(value, "s"))
				drain = q.Value()
			}
		}
		sleep := c.Lifecycle.PreStop.Sleep.Seconds
		if grace := *d.Spec.Template.Spec.TerminationGracePeriodSeconds; drain == 0 || sleep < 1 || grace <= drain+sleep {
			t.Errorf("killed after %ds; it sleeps for %ds and drains for %ds", grace, sleep, drain)
		}
		for _, v := range d.Spec.Template.Spec.Volumes {
			if v.Secret == nil || *v.Secret.DefaultMode != 0o400 || d.Spec.Template.Spec.SecurityContext.FSGroup == nil {
				t.Errorf("the volume %s is not the group's alone", v.Name)
			}
		}
	})
}

// What selects finds what is meant, and ports go by names that exist.
func TestSelectors(t *testing.T) {
	eachRendering(t, func(t *testing.T, all Objects) {
		pods := of[*apps.Deployment](all)
		// finds is which deployments' pods a selector matches.
		finds := func(what string, s map[string]string) *apps.Deployment {
			t.Helper()
			var found []*apps.Deployment
			for _, d := range pods {
				if labels.SelectorFromSet(s).Matches(labels.Set(d.Spec.Template.Labels)) {
					found = append(found, d)
				}
			}
			if len(found) != 1 {
				t.Fatalf("%s selects %d deployments", what, len(found))
			}
			return found[0]
		}
		for _, d := range pods {
			finds(d.Name, d.Spec.Selector.MatchLabels)
		}
		for _, b := range of[*policy.PodDisruptionBudget](all) {
			finds(b.Name, b.Spec.Selector.MatchLabels)
		}
		for _, p := range of[*networking.NetworkPolicy](all) {
			finds(p.Name, p.Spec.PodSelector.MatchLabels)
		}
		services := of[*core.Service](all)
		for _, s := range services {
			ports := map[string]bool{}
			for _, p := range finds(s.Name, s.Spec.Selector).Spec.Template.Spec.Containers[0].Ports {
				ports[p.Name] = true
			}
			for _, p := range s.Spec.Ports {
				if name := p.TargetPort.StrVal; name != "" && !ports[name] {
					t.Errorf("%s: there is no port %q among %v", s.Name, name, slices.Sorted(maps.Keys(ports)))
				}
			}
		}
		for _, m := range of[*monitoring.ServiceMonitor](all) {
			selector, err := meta.LabelSelectorAsSelector(&m.Spec.Selector)
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, s := range services {
				if selector.Matches(labels.Set(s.Labels)) {
					found = append(found, s.Name)
				}
			}
			if len(found) != 1 || !strings.HasSuffix(found[0], "-metrics") {
				t.Errorf("the monitor finds %v", found)
			}
		}
	})
}
