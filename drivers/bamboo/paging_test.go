package bamboo

import (
	"slices"
	"time"

	"github.com/fridaycounter/fridaycounter/drivers/bamboo/bambootest"
)

// Ways in which servers page, see [bambootest.Server.Paging].

type paging func(list []bambootest.Result, start, size int) ([]bambootest.Result, int)

// ignoringStart sends the first page for every page.
func ignoringStart(list []bambootest.Result, _, size int) ([]bambootest.Result, int) {
	return bambootest.Page(list, 0, size), len(list)
}

// endless sends after the list the list again.
func endless(list []bambootest.Result, start, size int) (page []bambootest.Result, claimed int) {
	for i := start; len(list) > 0 && i < start+size; i++ {
		page = append(page, list[i%len(list)])
	}
	return page, len(list)
}

// endlessFresh sends made-up results without end.
func endlessFresh(_ []bambootest.Result, start, size int) (page []bambootest.Result, claimed int) {
	for i := start; i < start+size; i++ {
		page = append(page, bambootest.Result{ID: 1<<40 + int64(i), State: "SUCCESS", LifeCycle: "FINISHED",
			Started: time.UnixMilli(1700000000000 - int64(i)), Finished: time.UnixMilli(1700000000000)})
	}
	return page, 0
}

func oldestFirst(list []bambootest.Result, start, size int) ([]bambootest.Result, int) {
	slices.Reverse(list)
	return bambootest.Page(list, start, size), len(list)
}

// asListed lists by id, whatever the starts are.
func asListed(list []bambootest.Result, start, size int) ([]bambootest.Result, int) {
	slices.SortFunc(list, func(a, b bambootest.Result) int { return int(b.ID - a.ID) })
	return bambootest.Page(list, start, size), len(list)
}

// emptyAfter sends empty pages from an element on.
func emptyAfter(element int) paging {
	return func(list []bambootest.Result, start, size int) ([]bambootest.Result, int) {
		if start >= element {
			size = 0
		}
		return bambootest.Page(list, start, size), len(list)
	}
}

// sized claims another size.
func sized(size func(total, page int) int) paging {
	return func(list []bambootest.Result, start, most int) ([]bambootest.Result, int) {
		page := bambootest.Page(list, start, most)
		return page, size(len(list), len(page))
	}
}

// between calls f after each page that another way of paging sends, with how many there
// were.
func between(p paging, f func(page int)) paging {
	pages := 0
	return func(list []bambootest.Result, start, size int) ([]bambootest.Result, int) {
		page, claimed := p(list, start, size)
		pages++
		f(pages)
		return page, claimed
	}
}

// usual pages as the server does.
func usual(list []bambootest.Result, start, size int) ([]bambootest.Result, int) {
	return bambootest.Page(list, start, size), len(list)
}
