package fleet

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/host"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/sources"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/state"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
	"github.com/fridaycounter/fridaycounter/schema"
)

// A Host is the machine as others on the broker see it.
type Host struct {
	Name      string
	MachineID string // of /etc/machine-id
}

// Self returns this machine.
func Self() Host {
	name, _ := os.Hostname()                // the topic tells counters apart, too
	id, _ := os.ReadFile("/etc/machine-id") // a container has none
	return Host{Name: name, MachineID: strings.TrimSpace(string(id))}
}

// ClientID returns the counter's name at the broker. Two counters on one machine have two topics.
func (h Host) ClientID(topic string) string {
	return strings.Trim(h.MachineID+"-"+h.Name, "-") + "-" + strings.ReplaceAll(topic, "/", "-")
}

// CommandOptions are those of a command, which root may run beside the service of the policy.
func CommandOptions(policy string, getenv func(string) string, clock func() time.Time) Options {
	unit := host.FindUnit(host.Files{FS: os.DirFS("/")}, state.Team(policy))
	open := &sources.Opener{Dir: filepath.Dir(policy), Getenv: getenv, ServiceCredential: unit.Credential}
	return Options{Open: open, Clock: clock, Host: Self()}
}

// Broker returns how to reach a broker.
func Broker(m schema.MQTT, open *sources.Opener) mqtt.Opts {
	o := mqtt.Opts{Broker: m.Broker, CAFile: open.Path(m.CAFile), Now: time.Now}
	if a := m.Auth; a != nil {
		o.Login = func() (username, password string, err error) {
			password, err = open.Secret(a.Password)
			return a.Username, password, err
		}
	}
	return o
}
