// Package task runs what may wait beside a loop, whose one goroutine owns all state.
package task

// Group are tasks that run. Only the loop's goroutine calls its methods.
type Group struct {
	Running int
	// Done has what is to be done on the loop's goroutine with what came of each task.
	Done chan func()
	over chan struct{} // closed when nobody receives from Done any more
}

// NewGroup returns a group without tasks.
func NewGroup() *Group { return &Group{Done: make(chan func()), over: make(chan struct{})} }

// Start runs a task, which may wait, on a goroutine of its own, and then sends finish to
// Done. The task touches nothing that the loop changes.
func (g *Group) Start(task, finish func()) {
	g.Running++
	go func() {
		task()
		select {
		case g.Done <- func() { g.Running--; finish() }:
		case <-g.over:
		}
	}()
}

// Leave ends the loop: tasks that still run are left behind.
func (g *Group) Leave() { close(g.over) }
