package schema

import "encoding/json"

// The types below mirror scenarios.cue, as those of raw.go do schema.cue.

type rawScenarioFile struct {
	Scenarios map[string]rawScenario `json:"scenarios"`
}

type rawScenario struct {
	Deployments []rawDeployment `json:"deployments,omitempty"`
	KnownFrom   string          `json:"known_from,omitempty" cue:"#Time"`
	At          string          `json:"at" cue:"#Time"`
	Want        rawWant         `json:"want"`
}

type rawDeployment struct {
	Started     string `json:"started,omitempty" cue:"#Time"`
	Executed    string `json:"executed,omitempty" cue:"#Time"`
	Finished    string `json:"finished,omitempty" cue:"#Time"`
	Outcome     string `json:"outcome,omitempty" cue:"#Outcome"`
	ID          text   `json:"id,omitempty" cue:"#ID"`
	Version     string `json:"version,omitempty" cue:"#Text"`
	Project     text   `json:"project,omitempty" cue:"#ID"`
	Environment text   `json:"environment,omitempty" cue:"#ID"`
}

type rawWant struct {
	Weeks     *int                   `json:"weeks,omitempty" cue:"#Number"`
	Days      *int                   `json:"days,omitempty" cue:"#Number"`
	Rule      string                 `json:"rule,omitempty" cue:"#Text"`
	Since     string                 `json:"since,omitempty" cue:"#Time"`
	Breach    *rawBreach             `json:"breach,omitempty" cue:"#Breach"`
	Known     *bool                  `json:"known,omitempty" cue:"#Flag"`
	AtLeast   *bool                  `json:"at_least,omitempty" cue:"#Flag"`
	Forbidden *bool                  `json:"forbidden,omitempty" cue:"#Flag"`
	Rules     map[string]rawWantRule `json:"rules,omitempty"`
}

type rawWantRule struct {
	Weeks   *int       `json:"weeks,omitempty" cue:"#Number"`
	Days    *int       `json:"days,omitempty" cue:"#Number"`
	Since   string     `json:"since,omitempty" cue:"#Time"`
	Breach  *rawBreach `json:"breach,omitempty" cue:"#Breach"`
	Known   *bool      `json:"known,omitempty" cue:"#Flag"`
	AtLeast *bool      `json:"at_least,omitempty" cue:"#Flag"`
}

// A rawBreach is a deployment's id, or "" where the file says false.
type rawBreach string

// UnmarshalJSON reads an id or false.
func (b *rawBreach) UnmarshalJSON(data []byte) error {
	if string(data) == "false" {
		*b = ""
		return nil
	}
	return json.Unmarshal(data, (*text)(b))
}
