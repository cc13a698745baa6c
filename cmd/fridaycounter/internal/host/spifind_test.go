package host

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestFindPort(t *testing.T) {
	const pi = "Raspberry Pi 4 Model B Rev 1.4\x00"
	type files = map[string]string
	for _, c := range []struct {
		name       string
		files      files
		port, want string // the device, or a part of the error
	}{
		{"there", files{"dev/spidev0.0": ""}, "SPI0.0", "/dev/spidev0.0"},
		{"by its path", files{"dev/spidev10.1": ""}, "/dev/spidev10.1", "/dev/spidev10.1"},
		{"no name", files{"dev/spidev0.0": ""}, "spi0.0", "spi0.0 is not the name of a port (hint: want SPI0.0)"},
		{"another", files{"dev/spidev10.0": ""}, "SPI0.0", "there is SPI10.0"},
		{"off", files{"proc/device-tree/model": pi, "boot/firmware/config.txt": "#dtparam=spi=on\n"}, "SPI0.0", "into /boot/firmware/config.txt"},
		{"off, old place", files{"proc/device-tree/model": pi, "boot/config.txt": "x=1\n"}, "SPI0.0", "into /boot/config.txt"},
		{"both places", files{"boot/config.txt": "moved", "boot/firmware/config.txt": ""}, "SPI0.0", "into /boot/firmware/config.txt"},
		{"on, not rebooted", files{"boot/firmware/config.txt": "\n[all]\ndtparam=i2c=on,spi=on\n"}, "SPI0.0", "config.txt:3 turns SPI on"},
		{"turned off again", files{"boot/firmware/config.txt": "dtparam=spi=on\ndtparam=spi=off\n"}, "SPI0.0", "SPI is off"},
		{"twice on one line", files{"boot/firmware/config.txt": "dtparam=spi=on,spi=off,i2c\n"}, "SPI0.0", "SPI is off"},
		{"another board", files{"proc/device-tree/model": "Banana"}, "SPI0.0", "board's manual"},
		{"a laptop", nil, "SPI0.0", "on a Pi, put dtparam=spi=on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := fstest.MapFS{}
			for path, text := range c.files {
				m[path] = &fstest.MapFile{Data: []byte(text)}
			}
			got, err := FindPort(Files{m}, c.port)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, c.want) || (err == nil) != strings.HasPrefix(c.want, "/dev/") {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if missing, ok := errors.AsType[*PortError](err); ok && missing.NoBoard != (c.name == "a laptop") {
				t.Errorf("no board: got %v", missing.NoBoard)
			}
		})
	}
}

// An error names a file as people do.
func TestFilesStatNamesTheAbsolutePath(t *testing.T) {
	const want = "open /no/such/file: file does not exist"
	if _, err := (Files{fstest.MapFS{}}).Stat("/no/such/file"); err == nil || err.Error() != want || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %s", err, want)
	}
}
