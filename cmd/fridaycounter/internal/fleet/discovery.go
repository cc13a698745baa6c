package fleet

import (
	"encoding/json"
	"maps"
	"regexp"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/build"
	"github.com/fridaycounter/fridaycounter/drivers/mqtt"
)

// birthTopic is where Home Assistant says that it is there.
const birthTopic = "homeassistant/status"

// notInID is what Home Assistant takes in no id.
var notInID = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// discovery returns what makes the number known to Home Assistant. None is how its templates say
// that a value is not known, as of a number that may be out of date: an entity has no mark for that.
func discovery(topic string, every int) []mqtt.Message {
	id := notInID.ReplaceAllString(topic, "-")
	return []mqtt.Message{
		entity("sensor", id, topic, every, map[string]any{
			"name": "Weeks", "unique_id": id + "-weeks", "icon": "mdi:counter", "unit_of_measurement": "weeks",
			"value_template": "{{ none if value_json.stale else value_json.weeks }}",
		}),
		entity("binary_sensor", id, topic, every, map[string]any{
			"name": "Deploying forbidden", "unique_id": id + "-forbidden", "icon": "mdi:calendar-lock",
			"value_template": "{{ 'None' if value_json.forbidden_now is none else 'ON' if value_json.forbidden_now else 'OFF' }}",
		}),
	}
}

// entity returns the config of a value, with what all have in common.
func entity(component, id, topic string, every int, config map[string]any) mqtt.Message {
	maps.Copy(config, map[string]any{
		"state_topic": topic + "/state", "json_attributes_topic": topic + "/state", "availability_topic": topic + "/leader",
		"expire_after": 4 * every, // seconds
		"device":       map[string]any{"identifiers": []string{id}, "name": topic, "sw_version": build.Version()},
	})
	payload, err := json.Marshal(config)
	if err != nil {
		panic(err) // texts and numbers can be encoded
	}
	return mqtt.Message{Topic: "homeassistant/" + component + "/" + id + "/config", Payload: payload, Retain: true, QoS: 1}
}
