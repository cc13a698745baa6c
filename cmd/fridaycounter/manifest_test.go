package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
)

// A podProbe is what Kubernetes asks a pod.
type podProbe struct {
	HTTPGet struct {
		Path, Port  string
		HTTPHeaders []struct{ Name, Value string } `yaml:"httpHeaders"`
	} `yaml:"httpGet"`
}

// A manifest is what this test reads of a StatefulSet.
type manifest struct {
	Kind string
	Spec struct {
		Replicas int
		Template struct {
			Spec struct {
				SecurityContext struct {
					User  int `yaml:"runAsUser"`
					Group int `yaml:"fsGroup"`
				} `yaml:"securityContext"`
				Containers []struct {
					Args  []string
					Ports []struct {
						Name          string
						ContainerPort int `yaml:"containerPort"`
					}
					LivenessProbe  podProbe `yaml:"livenessProbe"`
					ReadinessProbe podProbe `yaml:"readinessProbe"`
					VolumeMounts   []struct {
						Name      string
						MountPath string `yaml:"mountPath"`
					} `yaml:"volumeMounts"`
				}
				Volumes []struct{ Name string }
			}
		}
		VolumeClaimTemplates []struct{ Metadata struct{ Name string } } `yaml:"volumeClaimTemplates"`
	}
}

// The manifest of docs/fleet.md has the paths, the user and the port of the image, and its probes are
// answered by a counter that is well.
func TestManifest(t *testing.T) {
	var m manifest
	for _, text := range manualPage(t, "docs/fleet.md").in("yaml") {
		if strings.Contains(text, "kind: StatefulSet") {
			if err := yaml.Unmarshal([]byte(text), &m); err != nil {
				t.Fatal(err)
			}
		}
	}
	pod := m.Spec.Template.Spec
	if m.Spec.Replicas != 1 || len(pod.Containers) != 1 {
		t.Fatalf("got %+v, want one replica of one container", m)
	}
	image, err := os.ReadFile("../../.ci/tools/image/pack.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadFile("../../.ci/tools/image/files.go")
	if err != nil {
		t.Fatal(err)
	}
	if user := regexp.MustCompile(`userID += "65532"`).Find(files); user == nil || pod.SecurityContext.User != 65532 || pod.SecurityContext.Group != 65532 {
		t.Errorf("the pod runs as %+v, want the user of the image", pod.SecurityContext)
	}
	c := pod.Containers[0]
	if err := checkCommand(strings.Join(c.Args, " ")); err != nil {
		t.Errorf("args %q: %v", c.Args, err)
	}
	if len(c.Ports) != 1 || c.Ports[0].ContainerPort != 8474 || !strings.Contains(string(image), `"8474/tcp"`) {
		t.Errorf("got ports %+v, want that of the page, as in the image", c.Ports)
	}
	mounted := map[string]string{} // names of volumes by their paths
	for _, v := range c.VolumeMounts {
		mounted[v.MountPath] = v.Name
	}
	if !strings.Contains(string(image), `"CREDENTIALS_DIRECTORY=/run/secrets"`) || mounted["/run/secrets"] == "" {
		t.Errorf("mounted are %v, want the secrets where the image looks for them", mounted)
	}
	if len(m.Spec.VolumeClaimTemplates) != 1 || mounted[state.SystemDir] != m.Spec.VolumeClaimTemplates[0].Metadata.Name {
		t.Errorf("mounted are %v, want the volume that stays at %s", mounted, state.SystemDir)
	}
	if len(pod.Volumes) != 3 || mounted["/tmp"] != pod.Volumes[2].Name || mounted[state.SystemConfig] != pod.Volumes[0].Name || mounted["/run/secrets"] != pod.Volumes[1].Name {
		t.Errorf("mounted are %v of %+v, want the policy at %s, and a place for temporary files", mounted, pod.Volumes, state.SystemConfig)
	}

	s := newTestCounter(t)
	s.save("Friday")
	s.run()
	s.ready("/readyz", "facts: good")
	for want, p := range map[string]podProbe{"/healthz": c.LivenessProbe, "/readyz": c.ReadinessProbe} {
		get := p.HTTPGet
		if get.Path != want || get.Port != c.Ports[0].Name || len(get.HTTPHeaders) != 1 || get.HTTPHeaders[0].Name != "Host" {
			t.Fatalf("got probe %+v, want %s of the page, with a host that it answers for", get, want)
		}
		if got := fetch("http://"+s.address+get.Path, get.HTTPHeaders[0].Value); !strings.HasPrefix(got, "200 OK\n") {
			t.Errorf("%s: got %s", get.Path, got)
		}
	}
}
