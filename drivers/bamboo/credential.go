package bamboo

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
)

// A Credential is a login. The zero Credential is anonymous. It holds its secret
// in a closure, so that printing, logging or marshalling it, or a struct around
// it, exported or not, shows only its kind.
type Credential struct {
	reveal func() login // nil: anonymous
}

// login is a revealed credential; it lives only as long as a poll.
type login struct {
	kind               string // "bearer", "basic" or "anonymous"
	username           string
	secret             string // token or password
	fingerprint        string
	authorization      string
	needsAuthTypeBasic bool
}

// Token returns a login by a personal access token (Bamboo 6.10 and later).
func Token(token string) Credential {
	return Credential{func() login { return login{kind: "bearer", secret: token} }}
}

// Basic returns a login by user name, which is not the e-mail address, and password.
func Basic(username, password string) Credential {
	return Credential{func() login { return login{kind: "basic", username: username, secret: password} }}
}

func (c Credential) kind() string {
	if c.reveal == nil {
		return "anonymous"
	}
	return c.reveal().kind
}

// String returns the kind of the login, never the secret.
func (c Credential) String() string { return "(" + c.kind() + ")" }

// GoString is [Credential.String].
func (c Credential) GoString() string { return c.String() }

// Format writes [Credential.String] for every verb.
func (c Credential) Format(f fmt.State, _ rune) { io.WriteString(f, c.String()) }

// LogValue is [Credential.String].
func (c Credential) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText is [Credential.String].
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// open reveals the credential for the server at base and refuses one that cannot
// be right, because a wrong login counts towards locking the account.
func (c Credential) open(base string) (login, error) {
	if c.reveal == nil {
		l := login{kind: "anonymous"}
		l.fingerprint = fingerprint(base, l)
		return l, nil
	}
	l := c.reveal()
	if err := checkSecret(l.secret); err != nil {
		return login{}, err
	}
	l.fingerprint = fingerprint(base, l)
	if l.kind == "bearer" {
		if strings.IndexFunc(l.secret, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0 {
			return login{}, errors.New("the token holds a space or a character that is not ASCII")
		}
		l.authorization = "Bearer " + l.secret
		return l, nil
	}
	if l.username == "" || strings.ContainsRune(l.username, ':') || checkSecret(l.username) != nil {
		return login{}, errors.New("the user name is empty, or holds a colon or a control character")
	}
	l.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(l.username+":"+l.secret))
	l.needsAuthTypeBasic = true
	return l, nil
}

func (l login) isAnonymous() bool { return l.authorization == "" }

func (l login) apply(r *http.Request) {
	if l.authorization != "" {
		r.Header.Set("Authorization", l.authorization)
	}
}

// fingerprint names a login at a server without giving it away. The prefix keeps
// it from being of use against hashes that others made of the same secret.
func fingerprint(base string, l login) string {
	h := sha256.New()
	for _, part := range []string{"fridaycounter/bamboo/login/v1", base, l.kind, l.username, l.secret} {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// fingerprintLen is the length of a fingerprint in bytes.
const fingerprintLen = 2 * sha256.Size
