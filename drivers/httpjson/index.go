package httpjson

import (
	"context"

	"github.com/fridaycounter/fridaycounter/drivers/source/rest"
	"github.com/fridaycounter/fridaycounter/rules"
)

// indexed returns what reads the lists of the names in an index that are selected.
func (p *poll) indexed(ctx context.Context, f *feed) (readers []*reader, err error) {
	request := rest.Request{Path: f.Index.Get}
	response, err := p.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	answer, err := decode(response.Body)
	var names, changed []string
	if err == nil {
		names, changed, err = f.Index.Names(answer)
	}
	if err != nil {
		return nil, p.Unexpected(response, err)
	}
	for i, name := range names {
		name = p.Text(name)
		e := rules.Environment{ID: name, Name: name}
		if !e.Matches(nil, p.Opts.Selection.Environments) {
			continue
		}
		r := p.reader(f, name)
		r.indexState = changed[i]
		readers = append(readers, r)
	}
	return readers, nil
}
