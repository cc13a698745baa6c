// Package task runs what may wait beside a loop, whose one goroutine owns all state.
package task

// Group are tasks that run. But for Do, only the loop's goroutine calls its methods.
type Group struct {
	Running int
	// Done has what is to be called on the loop's goroutine.
	Done chan func()
	over chan struct{} // closed when nobody receives from Done any more
}

// NewGroup returns a group without tasks.
func NewGroup() *Group { return &Group{Done: make(chan func()), over: make(chan struct{})} }

// Start runs a task, which may wait, on a goroutine of its own, and then finish on the
// loop's. The task touches nothing that the loop changes.
func (g *Group) Start(task, finish func()) {
	g.Running++
	go func() {
		task()
		g.Do(func() { g.Running--; finish() })
	}()
}

// Do has f called on the loop's goroutine, unless the loop ends before. Any goroutine but that one
// may call it.
func (g *Group) Do(f func()) {
	select {
	case g.Done <- f:
	case <-g.over:
	}
}

// Leave ends the loop: tasks that still run are left behind.
func (g *Group) Leave() { close(g.over) }
