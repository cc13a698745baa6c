package doctor

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/fridaycounter/fridaycounter/schema"
)

func TestService(t *testing.T) {
	unit := map[string]string{"run/systemd/system/x": "", "lib/systemd/system/fridaycounter.service": "[Service]\n"}
	for _, c := range []struct {
		files map[string]string
		says  string
		err   error
		want  Result
		text  string
	}{
		{nil, "", nil, Skip, "systemd does not run"},
		{map[string]string{"run/systemd/system/x": ""}, "", nil, Skip, "not installed"},
		{unit, "active", nil, OK, "active"},
		{unit, "failed", nil, Fail, "journalctl"},
		{unit, "activating", nil, Warn, "journalctl"},
		{unit, "inactive", nil, Warn, "enable --now"},
		{unit, "", errors.New("no such program"), Skip, "systemctl"},
	} {
		m := fakeMachine(tree(c.files))
		m.service = func(context.Context) (string, error) { return c.says, c.err }
		wantFinding(t, doctorOf(t, m, nil).checkService(t.Context()), c.want, c.text)
	}
}

func TestWeb(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	answer := "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
	m := fakeMachine(tree(nil))
	m.dial = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			buffer := make([]byte, 1024)
			_, _ = server.Read(buffer)
			_, _ = server.Write([]byte(answer))
		}()
		return client, nil
	}
	look := func(address string) Finding {
		config := &schema.Config{Display: schema.Display{Web: &schema.Web{Listen: address}}}
		return doctorOf(t, m, config).checkWeb(t.Context())
	}
	alive := func() Finding {
		d := doctorOf(t, m, nil)
		d.Alive = taken.Addr().String()
		return d.checkAlive(t.Context())
	}
	wantFinding(t, look("127.0.0.1:0"), OK, "free")
	wantFinding(t, look(taken.Addr().String()), OK, "a running counter answers")
	wantFinding(t, alive(), OK, "a running counter answers")
	wantFinding(t, look("203.0.113.1:80"), Fail, "an address of this machine")
	answer = "SSH-2.0-x\r\n"
	wantFinding(t, look(taken.Addr().String()), Fail, "ss -ltnp")
	wantFinding(t, alive(), Fail, "no healthy counter answers")
}
