package diagnose

import (
	"reflect"
	"strings"
)

// FieldNamed returns the field of a mirror struct with that name in counter.cue.
func FieldNamed(t reflect.Type, name string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if n, _ := FieldName(t.Field(i)); n == name {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// FieldNames returns the names of a mirror struct's fields in counter.cue.
func FieldNames(t reflect.Type) []string {
	names := make([]string, t.NumField())
	for i := range names {
		names[i], _ = FieldName(t.Field(i))
	}
	return names
}

// FieldName returns a mirror field's name in counter.cue and whether it may be absent.
func FieldName(f reflect.StructField) (name string, optional bool) {
	name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name, options == "omitempty"
}

// step returns the mirror type and definition of a child.
func step(t reflect.Type, def, key string) (reflect.Type, string, bool) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		f, ok := FieldNamed(t, key)
		return f.Type, f.Tag.Get("cue"), ok
	case reflect.Map, reflect.Slice:
		return t.Elem(), def, true
	}
	return nil, "", false
}
