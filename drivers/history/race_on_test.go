//go:build race

package history_test

// raced: SQLite, which is Go here, runs twenty times slower.
const raced = true
