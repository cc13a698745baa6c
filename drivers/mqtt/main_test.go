package mqtt_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime/pprof"
	"testing"
	"time"
)

// TestMain checks that no goroutine of a connection outlives its Run by more than a moment.
func TestMain(m *testing.M) {
	code := m.Run()
	var left bytes.Buffer
	for range 100 {
		left.Reset()
		pprof.Lookup("goroutine").WriteTo(&left, 1)
		if !bytes.Contains(left.Bytes(), []byte("eclipse/paho")) && !bytes.Contains(left.Bytes(), []byte("mqtt.(*Conn)")) {
			os.Exit(code)
		}
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Printf("goroutines are left:\n%s", left.String())
	os.Exit(1)
}
