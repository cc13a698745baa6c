package history

// A ledger is the one row from which all others are verified.
type ledger struct {
	sources  int64 // sum of their seals
	lastGood int64 // seal; none: -1
	latch    int64 // likewise
}

const none = -1

// ledger reads it.
func (t *tx) ledger() (l ledger, err error) {
	var seal int64
	ok, err := t.one("SELECT sources, last_good, latch, seal FROM ledger", nil, &l.sources, &l.lastGood, &l.latch, &seal)
	if err == nil && (!ok || seal != t.sealLedger(&l)) {
		err = t.damage("the ledger is not what was written")
	}
	return l, err
}

// changeLedger writes it with what f changes.
func (t *tx) changeLedger(f func(*ledger)) error {
	l, err := t.ledger()
	if err != nil {
		return err
	}
	f(&l)
	_, err = t.exec("UPDATE ledger SET sources = ?, last_good = ?, latch = ?, seal = ?", l.sources, l.lastGood, l.latch, t.sealLedger(&l))
	return err
}

func (t *tx) sealLedger(l *ledger) int64 {
	s := &t.seal
	s.buf = s.buf[:0]
	return s.int(l.sources).int(l.lastGood).int(l.latch).sum()
}
