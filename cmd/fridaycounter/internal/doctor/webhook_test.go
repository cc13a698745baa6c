package doctor

import (
	"strings"
	"testing"

	"github.com/fridaycounter/fridaycounter/schema"
)

// The URL of a webhook is read and looked at, never sent to and never shown.
func TestWebhooks(t *testing.T) {
	for _, c := range []struct {
		secret string
		want   Result
		text   string
	}{
		{"https://hooks.example.com/services/verysecret", OK, "1 URL can be read; nothing was sent"},
		{"http://127.0.0.1:8065/hooks/verysecret", OK, "1 URL can be read; nothing was sent"},
		{"http://hooks.example.com/services/verysecret", Fail, "env HOOK: the URL is not encrypted: want https://, and http:// only to this machine -> put the URL"},
		{"verysecret", Fail, "env HOOK: the secret is not a URL that begins with https:// -> put the URL"},
		{"", Fail, "environment variable HOOK: is not set or empty -> set it where the counter runs"},
	} {
		var w schema.Notify
		w.Webhook.URL.Env = "HOOK"
		d := doctorOf(t, fakeMachine(tree(nil)), &schema.Config{Timezone: "UTC", Notify: []schema.Notify{w, w}})
		d.Getenv = func(name string) string {
			if name == "HOOK" {
				return c.secret
			}
			return ""
		}
		got := d.checkWebhooks(t.Context())
		wantFinding(t, got, c.want, c.text)
		if strings.Contains(got.Found+got.Hint, "verysecret") {
			t.Errorf("%s: the URL is shown: %q", c.secret, got.Found)
		}
	}
	d := doctorOf(t, fakeMachine(tree(nil)), &schema.Config{Timezone: "UTC"})
	if got := d.checkWebhooks(t.Context()); got.Result != "" {
		t.Errorf("without webhooks: got %+v", got)
	}
}
