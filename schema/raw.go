package schema

import (
	"encoding/json"
	"fmt"
)

// The types below mirror schema.cue field by field; a test ties the two. A cue
// tag names the definition that a value must satisfy, for checking a literal
// where CUE does not evaluate it. A field without omitempty must be written.

type rawCounter struct {
	Timezone   string             `json:"timezone" cue:"#Zone"`
	Source     rawSource          `json:"source"`
	Rules      map[string]rawRule `json:"rules"`
	Poll       []rawPoll          `json:"poll"`
	History    rawHistory         `json:"history,omitempty"`
	Display    rawDisplay         `json:"display"`
	Pages      []rawPage          `json:"pages,omitempty"`
	Brightness []rawBrightness    `json:"brightness,omitempty"`
}

type rawSource struct {
	Bamboo *rawBamboo `json:"bamboo,omitempty"`
	File   *rawFile   `json:"file,omitempty"`
}

type rawBamboo struct {
	URL          string   `json:"url" cue:"#URL"`
	Environments []text   `json:"environments" cue:"#Pattern"`
	Projects     []text   `json:"projects,omitempty" cue:"#Pattern"`
	Auth         *rawAuth `json:"auth,omitempty"`
	CAFile       string   `json:"ca_file,omitempty" cue:"#Text"`
	Insecure     bool     `json:"insecure,omitempty" cue:"#Bool"`
	Timeout      string   `json:"timeout,omitempty" cue:"#Duration"`
}

type rawAuth struct {
	Token *rawCredential `json:"token,omitempty"`
	Basic *rawBasic      `json:"basic,omitempty"`
}

type rawBasic struct {
	Username string        `json:"username" cue:"#Text"`
	Password rawCredential `json:"password"`
}

type rawCredential struct {
	Credential string `json:"credential,omitempty" cue:"#CredentialName"`
	File       string `json:"file,omitempty" cue:"#Text"`
	Env        string `json:"env,omitempty" cue:"#Variable"`
}

type rawFile struct {
	Path         string `json:"path" cue:"#Text"`
	Environments []text `json:"environments,omitempty" cue:"#Pattern"`
}

type rawRule struct {
	Forbid       []rawWindow    `json:"forbid"`
	Projects     []text         `json:"projects,omitempty" cue:"#Pattern"`
	Environments []text         `json:"environments,omitempty" cue:"#Pattern"`
	Measure      string         `json:"measure,omitempty" cue:"#Measure"`
	Outcomes     []string       `json:"outcomes,omitempty" cue:"#Outcome"`
	Count        string         `json:"count,omitempty" cue:"#Count"`
	Since        string         `json:"since,omitempty" cue:"#Date"`
	Except       []rawException `json:"except,omitempty"`
}

type rawException struct {
	Reason      string     `json:"reason" cue:"#Text"`
	ID          *text      `json:"id,omitempty" cue:"#Pattern"`
	Version     *text      `json:"version,omitempty" cue:"#Pattern"`
	Project     *text      `json:"project,omitempty" cue:"#Pattern"`
	Environment *text      `json:"environment,omitempty" cue:"#Pattern"`
	Dates       []rawDates `json:"dates,omitempty"`
}

type rawWindow struct {
	Weekdays []string   `json:"weekdays,omitempty" cue:"#Weekday"`
	Dates    []rawDates `json:"dates,omitempty"`
	From     string     `json:"from,omitempty" cue:"#From"`
	To       string     `json:"to,omitempty" cue:"#To"`
}

type rawDates struct {
	First string `json:"first" cue:"#Date"`
	Last  string `json:"last,omitempty" cue:"#Date"`
}

type rawPoll struct {
	Every  string      `json:"every" cue:"#Duration"`
	During []rawWindow `json:"during,omitempty"`
}

type rawBrightness struct {
	Level  text        `json:"level" cue:"#Level"`
	During []rawWindow `json:"during,omitempty"`
}

type rawHistory struct {
	From string `json:"from,omitempty" cue:"#Date"`
}

type rawDisplay struct {
	Modules  int          `json:"modules,omitempty" cue:"#Modules"`
	Columns  int          `json:"columns,omitempty" cue:"#Modules"`
	Rows     int          `json:"rows,omitempty" cue:"#Modules"`
	MAX7219  *rawMAX7219  `json:"max7219,omitempty"`
	Terminal *rawTerminal `json:"terminal,omitempty"`
	Web      *rawWeb      `json:"web,omitempty"`
}

type rawMAX7219 struct {
	Port       string `json:"port" cue:"#Port"`
	Wiring     string `json:"wiring" cue:"#Wiring"`
	Rotate     int    `json:"rotate,omitempty" cue:"#Rotation"`
	Mirror     bool   `json:"mirror,omitempty" cue:"#Bool"`
	Reversed   bool   `json:"reversed,omitempty" cue:"#Bool"`
	Serpentine bool   `json:"serpentine,omitempty" cue:"#Bool"`
	BottomUp   bool   `json:"bottom_up,omitempty" cue:"#Bool"`
	Speed      string `json:"speed,omitempty" cue:"#Speed"`
	Refresh    string `json:"refresh,omitempty" cue:"#Duration"`
	MaxCurrent string `json:"max_current,omitempty" cue:"#Current"`
}

type rawTerminal struct{}

type rawWeb struct {
	Listen string   `json:"listen,omitempty" cue:"#Listen"`
	Hosts  []string `json:"hosts,omitempty" cue:"#Host"`
	Detail bool     `json:"detail,omitempty" cue:"#Bool"`
}

type rawPage struct {
	Text     string `json:"text" cue:"string"`
	Font     string `json:"font,omitempty" cue:"#Font"`
	Overflow string `json:"overflow,omitempty" cue:"#Overflow"`
	For      string `json:"for,omitempty" cue:"#Duration"`
}

// A text is a string that may be written as an integer, as ids are.
type text string

// UnmarshalJSON reads a string or an integer.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(t))
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("want a string or an integer: %w", err)
	}
	*t = text(n.String())
	return nil
}
