package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const procDevices = "153 /dev/spidev0.0\nCharacter devices:\n  1 mem\n153 spi\n254 gpiochip\n\nBlock devices:\n  7 loop\n"

func TestReadDevices(t *testing.T) {
	for _, tt := range []struct {
		name string
		text string
		want devices
		err  string
	}{
		{"both", procDevices, devices{map[int]string{1: "mem", 153: "spi", 254: "gpiochip"}, 153}, ""},
		{"no port", strings.TrimPrefix(procDevices, "153 /dev/spidev0.0\n"), devices{}, "the major of /dev/spidev0.0"},
		{"no devices", "153 /dev/spidev0.0\n", devices{}, "no /proc/devices"},
		{"something else", "stat: cannot stat\n", devices{}, "want a major"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readDevices(strings.Split(strings.TrimSuffix(tt.text, "\n"), "\n"))
			if !says(err, tt.err) {
				t.Fatalf("got error %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(devices{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestJudgeUnit(t *testing.T) {
	d, err := readDevices(strings.Split(procDevices, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		unit string
		want string
	}{
		{"[Service]\nDeviceAllow=char-153 rw\n", ""},
		{"DeviceAllow=char-spi rw\n", ""},
		{"DeviceAllow=char-spidev rw\n", "char-spidev, which /proc/devices does not have"},
		{"DeviceAllow=char-7 rw\n", "char-7, which /proc/devices does not have"}, // a block device
		{"DeviceAllow=char-254 rw\n", `major 254 "gpiochip": /dev/spidev0.0 has major 153, "spi"`},
		{"DeviceAllow=char-153 r\n", "no line like"},
		{"# DeviceAllow=char-153 rw\n", "no line like"},
	} {
		t.Run(tt.unit, func(t *testing.T) {
			j := new(judge)
			j.unit(tt.unit, d)
			found(t, j, tt.want)
		})
	}
}
