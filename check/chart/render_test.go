// Package chart holds the Helm chart to what it promises: it renders the chart
// with several values and decodes what comes out strictly, into Kubernetes' own
// types. Its tests need helm and the server's binary, named by HELM and PRODUCT.
package chart

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

const chart = "../../deploy/helm/posthog-mcp"

// Objects are what a chart renders, by kind and name.
type Objects map[string]meta.Object

// helm runs the program that HELM names.
func helm(ctx context.Context, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, os.Getenv("HELM"), args...)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("helm %s: %w\n%s%s", args[0], err, &said, out)
	}
	return out, nil
}

// Render renders the chart with a file of values.
func Render(ctx context.Context, values string) (Objects, error) {
	out, err := helm(ctx, "template", "rel", chart, "--namespace", "ns", "--kube-version", "1.34.0", "--values", values)
	if err != nil {
		return nil, err
	}
	return Decode(string(out))
}

// Decode reads a stream of YAML documents; a name that a kind does not have, or
// that stands twice, is an error.
func Decode(stream string) (Objects, error) {
	all := Objects{}
	for document := range strings.SplitSeq("\n"+stream, "\n---") {
		var head meta.TypeMeta
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			return nil, fmt.Errorf("%w in\n%s", err, document)
		}
		if head.Kind == "" {
			continue // nothing but comments
		}
		object, err := empty(head)
		if err != nil {
			return nil, err
		}
		if err := yaml.UnmarshalStrict([]byte(document), object); err != nil {
			return nil, fmt.Errorf("%s: %w in\n%s", head.Kind, err, document)
		}
		name := head.Kind + " " + object.GetName()
		if all[name] != nil {
			return nil, fmt.Errorf("%s is rendered twice", name)
		}
		all[name] = object
	}
	return all, nil
}

// empty is a new object of that kind and version.
func empty(head meta.TypeMeta) (meta.Object, error) {
	switch head {
	case meta.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"}:
		return &apps.Deployment{}, nil
	case meta.TypeMeta{APIVersion: "v1", Kind: "Service"}:
		return &core.Service{}, nil
	case meta.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}:
		return &core.ServiceAccount{}, nil
	case meta.TypeMeta{APIVersion: "v1", Kind: "Secret"}:
		return &core.Secret{}, nil
	case meta.TypeMeta{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler"}:
		return &autoscaling.HorizontalPodAutoscaler{}, nil
	case meta.TypeMeta{APIVersion: "policy/v1", Kind: "PodDisruptionBudget"}:
		return &policy.PodDisruptionBudget{}, nil
	case meta.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy"}:
		return &networking.NetworkPolicy{}, nil
	case meta.TypeMeta{APIVersion: "networking.k8s.io/v1", Kind: "Ingress"}:
		return &networking.Ingress{}, nil
	case meta.TypeMeta{APIVersion: "monitoring.coreos.com/v1", Kind: "ServiceMonitor"}:
		return &monitoring.ServiceMonitor{}, nil
	}
	return nil, fmt.Errorf("no chart of this kind has a %s of %s", head.Kind, head.APIVersion)
}

// of are the objects of one type.
func of[T meta.Object](all Objects) []T {
	var some []T
	for _, o := range all {
		if t, ok := o.(T); ok {
			some = append(some, t)
		}
	}
	return some
}
