package doctor

import (
	"context"

	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/notify"
	"github.com/fridaycounter/fridaycounter/cmd/fridaycounter/internal/report"
	"github.com/fridaycounter/fridaycounter/schema"
)

// checkWebhooks looks at whether the URLs of webhooks can be read and be right. It sends nothing, since
// that would be told in a chat.
func (d *doctor) checkWebhooks(context.Context) Finding {
	if d.policy == nil || len(d.policy.Config.Notify) == 0 {
		return Finding{}
	}
	seen := map[schema.Credential]bool{}
	for _, w := range d.policy.Config.Notify {
		where := w.Webhook.URL
		seen[where] = true
		t := d.target(&schema.Source{Kind: "notify"})
		if f := t.checkSecret(&where); f.Result != OK {
			return f
		}
		if err := notify.Check(where, t.open.Secret); err != nil {
			return failure("put the URL that the chat gave for its webhook there", "%s: %v", notify.Place(where), err)
		}
	}
	return okay("%s can be read; nothing was sent", report.Plural(len(seen), "URL"))
}
