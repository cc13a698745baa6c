package rules

import (
	"fmt"
	"time"
)

// A Date is a calendar date without a zone. The zero Date means "none".
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// A DateRange is the dates from First to Last, both inclusive.
type DateRange struct{ First, Last Date }

// ParseDate reads a date written as 2026-12-24.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date: want YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// DateOf returns the date of t in its zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// dateOf returns the date of a day number.
func dateOf(n int64) Date { return DateOf(time.Unix(n*day, 0).UTC()) }

// dayNumber returns the date's number on the civil line; 1970-01-01 is day 0.
func (d Date) dayNumber() int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / day
}

// String returns d as 2026-12-24, and "" for none.
func (d Date) String() string {
	if d == (Date{}) {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText implements [encoding.TextMarshaler].
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Date) UnmarshalText(text []byte) (err error) {
	if *d = (Date{}); len(text) > 0 {
		*d, err = ParseDate(string(text))
	}
	return err
}
