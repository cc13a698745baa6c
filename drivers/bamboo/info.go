package bamboo

import (
	"context"
	"errors"
	"time"
)

// infoTimeout bounds the question for the version, for which a poll's answer waits.
const infoTimeout = 5 * time.Second

// Info is what a Bamboo says of itself. Fields that it leaves out are "".
type Info struct {
	Version string `json:"version"`
	Edition string `json:"edition"`
	State   string `json:"state"` // RUNNING, PAUSED, STARTING and others
}

// Info asks for the server's version, which later answers and errors then name.
// The errors are those of [Client.Poll].
func (c *Client) Info(ctx context.Context) (Info, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.closeIdle()
	s, err := c.newSession(time.Time{})
	if err != nil {
		return Info{}, err
	}
	return s.info(ctx)
}

func (s *session) info(ctx context.Context) (Info, error) {
	var info Info
	if err := s.get(ctx, "info", nil, &info); err != nil {
		return Info{}, err
	}
	if info.Version == "" {
		return Info{}, errors.New("bamboo: GET " + s.client.show("info") + ": the answer names no version")
	}
	s.client.version = s.login.word(info.Version, maxWord)
	return info, nil
}

// askServer asks for the version, once, when the poll has got through. That a
// server does not tell it is no error, but a refused login is one.
func (p *poll) askServer(ctx context.Context) error {
	c := p.client
	if c.asked || len(p.answer.Environments) == 0 || p.halted || ctx.Err() != nil {
		return nil
	}
	c.asked = true
	ctx, cancel := context.WithTimeout(ctx, infoTimeout)
	defer cancel()
	_, err := p.info(ctx)
	var refused *AuthError
	if errors.As(err, &refused) && p.halted {
		return err
	}
	return nil
}
