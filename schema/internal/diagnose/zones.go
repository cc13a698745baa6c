package diagnose

import (
	"io/fs"
	"regexp"
	"strings"
)

// zonesHere maps abbreviations that are no names of zones to a city that has them.
var zonesHere = map[string]string{
	"AEDT": "Australia/Sydney", "AEST": "Australia/Sydney", "BST": "Europe/London", "CDT": "America/Chicago",
	"CEST": "Europe/Berlin", "CST": "America/Chicago", "CT": "America/Chicago", "EDT": "America/New_York",
	"EEST": "Europe/Helsinki", "ET": "America/New_York", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo",
	"MDT": "America/Denver", "MESZ": "Europe/Berlin", "MEZ": "Europe/Berlin", "MT": "America/Denver",
	"PDT": "America/Los_Angeles", "PST": "America/Los_Angeles", "PT": "America/Los_Angeles", "WEST": "Europe/Lisbon",
}

var offset = regexp.MustCompile(`^(?i:UTC|GMT|Z)?\s*[+-−][0-9]`)

// zoneAdvice says which zone to write in place of text.
func zoneAdvice(text string, names []string) string {
	if city := zonesHere[strings.ToUpper(text)]; city != "" {
		return `name a city, as "` + city + `"`
	}
	if offset.MatchString(text) {
		return `name a city, as "Europe/Berlin": an offset knows no daylight saving time`
	}
	area, city := splitZone(strings.NewReplacer(`\`, "/", " ", "_").Replace(text))
	var same, cities []string // of the area, or of all where none is given
	for _, name := range names {
		if a, c := splitZone(name); area == "" || strings.EqualFold(a, area) || nearest(area, []string{a}, 2) != "" {
			same, cities = append(same, name), append(cities, c)
		}
	}
	limit := len(city) / 4
	if area != "" {
		limit++
	}
	if near := nearest(city, cities, limit); near != "" {
		for i, c := range cities {
			if c == near {
				return `did you mean "` + same[i] + `"?`
			}
		}
	}
	return "want the name of a city that is in it; timedatectl list-timezones prints all"
}

// splitZone splits America/Argentina/Salta before its last part.
func splitZone(name string) (area, city string) {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], name[i+1:]
}

// zoneNames expands the generated expression of zone.cue.
func zoneNames(files fs.FS) (names []string) {
	text, err := fs.ReadFile(files, "zone.cue")
	if err != nil {
		return nil
	}
	for _, line := range regexp.MustCompile(`(?m)^\t"(.*?)\|?"`).FindAllSubmatch(text, -1) {
		area, list, ok := strings.Cut(strings.TrimSuffix(string(line[1]), ")"), "(")
		if !ok {
			area, list = "", area
		}
		for _, name := range strings.Split(strings.ReplaceAll(list, "[+]", "+"), "|") {
			names = append(names, area+name)
		}
	}
	return names
}
