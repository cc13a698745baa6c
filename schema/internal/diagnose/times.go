package diagnose

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	letters  = regexp.MustCompile(`[a-z]+`)
	through  = regexp.MustCompile(`[-–—:]|\.\.|\b(to|through|until|bis)\b`)
	days     = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	dayWords = map[string][]string{
		"weekend": days[5:], "weekends": days[5:], "weekday": days[:5], "weekdays": days[:5], "workday": days[:5], "workdays": days[:5],
	}
)

// weekdayAdvice says which weekdays to write in place of text: a short name, a range as Alertmanager
// has it, a list.
func weekdayAdvice(text string) string {
	text = strings.ToLower(text)
	var list []string
	for _, word := range letters.FindAllString(text, -1) {
		i := slices.IndexFunc(days, func(day string) bool { return len(word) > 1 && strings.HasPrefix(strings.ToLower(day)+"s", word) })
		switch {
		case i >= 0:
			list = append(list, days[i])
		case dayWords[word] != nil:
			list = append(list, dayWords[word]...)
		case !slices.Contains([]string{"to", "through", "until", "bis", "and"}, word):
			return ""
		}
	}
	if len(list) == 2 && through.MatchString(text) {
		from, to := slices.Index(days, list[0]), slices.Index(days, list[1])
		list = append(slices.Clone(days), days...)[from : from+(to-from+7)%7+1]
	}
	if len(list) == 0 {
		return ""
	}
	return `write "` + strings.Join(list, `", "`) + `"`
}

// dateAdvice says which date to write in place of text.
func dateAdvice(text string) string {
	text = strings.TrimSpace(strings.Map(func(r rune) rune {
		if strings.ContainsRune("–—−", r) {
			return '-'
		}
		return r
	}, text))
	impossible := false
	for _, layout := range []string{
		"2006-1-2", "2.1.2006", "2. 1. 2006", "2006/1/2", "2006.1.2", "20060102", "2006-2-1", time.RFC3339, "2006-1-2 15:04",
		"January 2, 2006", "Jan 2, 2006", "2 January 2006", "2 Jan 2006", "2. January 2006",
	} {
		t, err := time.Parse(layout, text)
		if err == nil {
			return t.Format(`write "2006-01-02"`)
		}
		impossible = impossible || layout != "2006-2-1" && strings.Contains(err.Error(), "day out of range")
	}
	if impossible {
		return "that month has no such day"
	}
	// 12/24/2026 is American, 24/12/2026 is British, and 04/05/2026 may be either.
	american, errA := time.Parse("1/2/2006", text)
	british, errB := time.Parse("2/1/2006", text)
	switch {
	case errA == nil && errB == nil && american != british:
		return american.Format(`write "2006-01-02" or `) + british.Format(`"2006-01-02"`)
	case errA == nil:
		return american.Format(`write "2006-01-02"`)
	case errB == nil:
		return british.Format(`write "2006-01-02"`)
	}
	return ""
}

var clocks = regexp.MustCompile(`^\s*([0-9]{1,2})(?:[:.h]([0-9]{2}))?(?::[0-9]{2})?\s*((?i)am|pm|a\.m\.|p\.m\.|h|uhr)?\s*$`)

// clockAdvice says which time of day to write in place of text.
func clockAdvice(text string) string {
	if from, to, ok := strings.Cut(strings.NewReplacer("–", "-", " to ", "-", " until ", "-").Replace(text), "-"); ok {
		if from, to := clock(from, false), clock(to, true); from != "" && to != "" {
			return fmt.Sprintf("write from: %q, to: %q", from, to)
		}
	}
	c := clock(text, false)
	switch {
	case c == "":
		return ""
	case strings.HasPrefix(strings.TrimSpace(text), "24"):
		return fmt.Sprintf("write %q; a window may run past midnight", c)
	}
	return fmt.Sprintf("write %q", c)
}

// clock returns the time of day that text means, "" for none.
func clock(text string, end bool) string {
	m := clocks.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	hour, _ := strconv.Atoi(m[1])
	minute, _ := strconv.Atoi(m[2])
	switch half := strings.ToLower(m[3] + " ")[0]; {
	case half == 'p' && hour < 12:
		hour += 12
	case half == 'a' && hour == 12:
		hour = 0
	case hour == 24 && !(end && minute == 0):
		hour = 0
	}
	if hour > 24 || minute > 59 {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", hour, minute)
}

var (
	amount = regexp.MustCompile(`^\s*([0-9]+(?:[.,][0-9]+)?)\s*([A-Za-z]*)\.?\s*$`)
	amends = regexp.MustCompile(`^(?:PT)?([0-9]+H)?([0-9]+M)?([0-9]+S)?$`)
	zeros  = regexp.MustCompile(`([hm])(?:0m)?0s$`) // of 24h0m0s and 5m0s
	cron   = regexp.MustCompile(`^\s*(?:\*/([0-9]+)|\S+)(\s+\S+){4}\s*$`)
	units  = []struct {
		names []string
		of    time.Duration
	}{
		{[]string{"ms", "milli", "millis", "milliseconds"}, time.Millisecond},
		{[]string{"s", "sec", "secs", "second", "seconds"}, time.Second},
		{[]string{"m", "min", "mins", "minute", "minutes"}, time.Minute},
		{[]string{"h", "hr", "hrs", "hour", "hours"}, time.Hour},
		{[]string{"d", "day", "days"}, 24 * time.Hour},
		{[]string{"w", "week", "weeks"}, 7 * 24 * time.Hour},
	}
)

// durationAdvice says which duration to write in place of text.
func durationAdvice(text string) string {
	if m := amount.FindStringSubmatch(text); m != nil {
		number, err := strconv.ParseFloat(strings.Replace(m[1], ",", ".", 1), 64)
		for _, u := range units {
			if err == nil && slices.Contains(u.names, strings.ToLower(m[2])) {
				return writeDuration(time.Duration(number * float64(u.of)))
			}
		}
		if m[2] == "" {
			return fmt.Sprintf("write \"%[1]ss\", \"%[1]sm\" or \"%[1]sh\"", m[1])
		}
		return ""
	}
	if m := cron.FindStringSubmatch(text); m != nil {
		return fmt.Sprintf("write how long to wait, as \"%sm\"", cmp.Or(m[1], "5"))
	}
	joined := strings.ToUpper(strings.ReplaceAll(text, " ", ""))
	if d, err := time.ParseDuration(strings.ToLower(strings.TrimPrefix(joined, "PT"))); err == nil && amends.MatchString(joined) {
		return writeDuration(d)
	}
	return ""
}

func writeDuration(d time.Duration) string {
	if d < time.Second {
		return `write "1s" or longer`
	}
	return `write "` + zeros.ReplaceAllString(d.Round(time.Second).String(), "$1") + `"`
}
