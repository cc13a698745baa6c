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

// typeAt returns the mirror type of a value; nil if there is none.
func (f *File) typeAt(p Path) reflect.Type {
	t, _ := f.mirrorAt(p)
	return t
}

// definitionAt returns the definition that a value must satisfy; "" if there is none.
func (f *File) definitionAt(p Path) string {
	_, def := f.mirrorAt(p)
	return def
}

func (f *File) mirrorAt(p Path) (t reflect.Type, def string) {
	t = f.Kind.Root
	for _, key := range p {
		switch t = indirect(t); t.Kind() {
		case reflect.Struct:
			field, ok := FieldNamed(t, key)
			if !ok {
				return nil, ""
			}
			t, def = field.Type, field.Tag.Get("cue")
		case reflect.Map, reflect.Slice:
			t = t.Elem()
		default:
			return nil, ""
		}
	}
	return indirect(t), def
}
