package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"cuelang.org/go/cue"

	"github.com/fridaycounter/fridaycounter/drivers/led"
	"github.com/fridaycounter/fridaycounter/drivers/source/mapping"
	"github.com/fridaycounter/fridaycounter/rules"
	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// fields are those of an evaluated struct.
type fields = map[string]any

// fieldsOf returns an evaluated struct's fields.
func fieldsOf(v cue.Value) (r fields, err error) { return r, v.Decode(&r) }

// decode stores evaluated values in Go's: a field max_current in MaxCurrent, a struct with any names in a
// slice of structs with a Name, in their order, and the position of a value in a field Position. It reads
// texts as what they mean, and reports those that CUE lets through and Go does not.
func (f *file) decode(p diagnose.Path, from any, to reflect.Value) {
	if f.decodeText(p, from, to) {
		return
	}
	switch to.Kind() {
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		f.decode(p, from, to.Elem())
	case reflect.Slice:
		if named, ok := from.(fields); ok {
			for i, name := range slices.Sorted(maps.Keys(named)) {
				to.Set(reflect.Append(to, reflect.Zero(to.Type().Elem())))
				f.decode(p.With(name), named[name], to.Index(i))
				to.Index(i).FieldByName("Name").SetString(name)
				to.Index(i).FieldByName("Position").Set(reflect.ValueOf(f.NamePosition(p.With(name))))
			}
			return
		}
		for i, x := range from.([]any) {
			to.Set(reflect.Append(to, reflect.Zero(to.Type().Elem())))
			f.decode(p.With(strconv.Itoa(i)), x, to.Index(i))
		}
	case reflect.Map:
		to.Set(reflect.MakeMap(to.Type()))
		for name, x := range from.(fields) {
			element := reflect.New(to.Type().Elem()).Elem()
			f.decode(p.With(name), x, element)
			to.SetMapIndex(reflect.ValueOf(name), element)
		}
	case reflect.Struct:
		for name, x := range from.(fields) {
			if name == "measure" {
				to.FieldByName("Triggered").SetBool(x == "triggered")
				continue
			}
			plain := strings.ReplaceAll(name, "_", "")
			field := to.FieldByNameFunc(func(n string) bool { return strings.EqualFold(n, plain) })
			if !field.IsValid() { // it stands outside of the braces, where CUE checks nothing
				f.Report(p.With(name), "no such field", "")
				continue
			}
			f.decode(p.With(name), x, field)
		}
		if at := to.FieldByName("Position"); at.IsValid() {
			at.Set(reflect.ValueOf(f.Position(p)))
		}
		if r, ok := to.Addr().Interface().(*rules.DateRange); ok {
			f.completeRange(p, r)
		}
	case reflect.Bool:
		to.SetBool(from.(bool))
	case reflect.Int, reflect.Int64:
		to.SetInt(numberOf(textOf(from)))
	default:
		to.SetString(textOf(from))
	}
}

// decodeText stores a text in a type that is more than that. It reports whether to is of one.
func (f *file) decodeText(p diagnose.Path, from any, to reflect.Value) bool {
	text, err := textOf(from), error(nil)
	switch to := to.Addr().Interface().(type) {
	case *time.Duration:
		*to, err = time.ParseDuration(text)
	case *time.Time:
		*to, err = instant(text, f.zone)
	case *time.Weekday:
		for to.String() != text {
			*to++
		}
	case *rules.Pattern:
		*to, err = rules.ParsePattern(text)
	case *rules.Date:
		*to, err = rules.ParseDate(text)
	case *mapping.Where:
		encoded, _ := json.Marshal(from) // it was JSON
		err = json.Unmarshal(encoded, to)
	case *map[string]any:
		*to, _ = from.(fields)
	case *led.Level:
		if *to = led.Off; text != "off" {
			*to = led.Level(numberOf(text))
		}
	default:
		return false
	}
	if err != nil {
		f.ReportError(p, err)
	}
	return true
}

// completeRange gives the last date to a range of one day.
func (f *file) completeRange(p diagnose.Path, r *rules.DateRange) {
	if r.Last == (rules.Date{}) {
		r.Last = r.First
	}
	if r.Last.String() < r.First.String() {
		f.Report(p.With("last"), fmt.Sprintf("%s is before first, %s", r.Last, r.First), "")
	}
}

// textOf returns a text, or an id that is written as a number; "" for false, which a breach may be.
func textOf(from any) string {
	switch from.(type) {
	case bool, fields, []any:
		return ""
	}
	return fmt.Sprint(from)
}

// numberOf reads a number with its unit: minutes of the clock, Hz, or mA.
func numberOf(text string) int64 {
	if hours, minutes, ok := strings.Cut(text, ":"); ok {
		return 60*numberOf(hours) + numberOf(minutes)
	}
	for unit, scale := range map[string]float64{"kHz": 1e3, "MHz": 1e6, "mA": 1} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			value, _ := strconv.ParseFloat(number, 64) // the schema has seen to it
			return int64(value*scale + 0.5)
		}
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// instant reads what #Time permits.
func instant(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(zone), nil
	}
	reading, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		reading, err = time.Parse(time.DateTime, text)
	}
	if err != nil {
		return time.Time{}, err
	}
	t, ok := firstInstant(reading, zone)
	if !ok {
		return time.Time{}, fmt.Errorf("%q is skipped by the clocks of %s", text, zone)
	}
	return t, nil
}

// firstInstant returns the first instant at which the zone's clock reads what t
// reads in UTC, and whether there is one.
func firstInstant(t time.Time, zone *time.Location) (first time.Time, ok bool) {
	const reach = 26 * time.Hour // no offset differs from another by more
	for _, near := range []time.Duration{-reach, 0, reach} {
		_, offset := t.Add(near).In(zone).Zone()
		at := t.Add(-time.Duration(offset) * time.Second).In(zone)
		if _, is := at.Zone(); is == offset && (!ok || at.Before(first)) {
			first, ok = at, true
		}
	}
	return first, ok
}
