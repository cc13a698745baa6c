package fleet

import (
	"encoding/json"
	"regexp"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
)

// birthTopic is where Home Assistant says that it is there.
const birthTopic = "homeassistant/status"

// An entity is a value as Home Assistant discovers it.
type entity struct {
	Name                string `json:"name"`
	UniqueID            string `json:"unique_id"`
	Icon                string `json:"icon"`
	Unit                string `json:"unit_of_measurement,omitempty"`
	StateTopic          string `json:"state_topic"`
	ValueTemplate       string `json:"value_template"`
	JSONAttributesTopic string `json:"json_attributes_topic"`
	AvailabilityTopic   string `json:"availability_topic"`
	ExpireAfter         int    `json:"expire_after"` // seconds
	Device              device `json:"device"`
}

// A device says which entities belong together.
type device struct {
	Identifiers []string `json:"identifiers"`
	Name        string   `json:"name"`
	SWVersion   string   `json:"sw_version"`
}

// notInID is what Home Assistant takes in no id.
var notInID = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// discovery returns what makes the number known to Home Assistant. None is how its templates say
// that a value is not known.
func discovery(topic string, every int) []mqtt.Message {
	id := notInID.ReplaceAllString(topic, "-")
	weeks := entity{
		Name: "Weeks", UniqueID: id + "-weeks", Icon: "mdi:counter", Unit: "weeks",
		StateTopic: topic + "/state", ValueTemplate: "{{ value_json.weeks }}", JSONAttributesTopic: topic + "/state",
		AvailabilityTopic: topic + "/leader", ExpireAfter: 4 * every,
		Device: device{[]string{id}, topic, build.Version()},
	}
	forbidden := weeks
	forbidden.Name, forbidden.UniqueID, forbidden.Icon, forbidden.Unit = "Deploying forbidden", id+"-forbidden", "mdi:calendar-lock", ""
	forbidden.ValueTemplate = "{{ 'None' if value_json.forbidden_now is none else 'ON' if value_json.forbidden_now else 'OFF' }}"

	var list []mqtt.Message
	for i, component := range []string{"sensor", "binary_sensor"} {
		payload, err := json.Marshal([]entity{weeks, forbidden}[i])
		if err != nil {
			panic(err) // an entity can be encoded
		}
		list = append(list, mqtt.Message{Topic: "homeassistant/" + component + "/" + id + "/config", Payload: payload, Retain: true, QoS: 1})
	}
	return list
}
