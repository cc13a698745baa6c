package rest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"

	"github.com/fridaycounter/fridaycounter/drivers/source"
)

// A Credential is a login. The zero Credential is anonymous. It holds its secret in a
// closure, so that printing, logging or marshalling it, or a struct around it, exported
// or not, shows only its kind.
type Credential struct {
	reveal func() login // nil: anonymous
}

// A login is a revealed credential; it lives only as long as a session.
type login struct {
	kind        string // "bearer", "basic" or "anonymous"
	username    string
	secret      string // token or password
	encoded     string // user name and password as the header has them
	fingerprint string
}

// Token returns a login by an access token.
func Token(token string) Credential {
	return Credential{func() login { return login{kind: "bearer", secret: token} }}
}

// Basic returns a login by user name and password.
func Basic(username, password string) Credential {
	return Credential{func() login { return login{kind: "basic", username: username, secret: password} }}
}

// String returns the kind of the login, never the secret.
func (c Credential) String() string {
	if c.reveal == nil {
		return "(anonymous)"
	}
	return "(" + c.reveal().kind + ")"
}

// MarshalText is [Credential.String].
func (c Credential) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// open reveals the credential for the server at base and refuses one that cannot be
// right, because a wrong login counts towards locking the account.
func (c Credential) open(base string) (login, error) {
	l := login{kind: "anonymous"}
	if c.reveal != nil {
		l = c.reveal()
		if err := l.check(); err != nil {
			return login{}, err
		}
		l.encoded = base64.StdEncoding.EncodeToString([]byte(l.username + ":" + l.secret))
	}
	// The fingerprint identifies the login at this server, and does not reveal it. The prefix
	// makes hashes of the same secret by others useless; it stays as it is, because lockouts
	// are stored by fingerprint.
	h := sha256.New()
	for _, part := range []string{"fridaycounter/bamboo/login/v1", base, l.kind, l.username, l.secret} {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	l.fingerprint = hex.EncodeToString(h.Sum(nil))
	return l, nil
}

// check refuses a login that cannot be right.
func (l login) check() error {
	if err := checkSecret(l.secret); err != nil {
		return err
	}
	switch {
	case l.kind == "bearer" && strings.ContainsFunc(l.secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("the token has a space or a character that is not ASCII")
	case l.kind == "basic" && (l.username == "" || strings.ContainsRune(l.username, ':') || checkSecret(l.username) != nil):
		return errors.New("the user name is empty, or has a colon or a control character")
	}
	return nil
}

func (l login) isAnonymous() bool { return l.secret == "" }

func (l login) apply(r *http.Request, o *Opts) {
	switch {
	case l.isAnonymous():
	case l.kind == "basic":
		r.Header.Set("Authorization", "Basic "+l.encoded)
		query := r.URL.Query()
		maps.Copy(query, o.BasicQuery)
		r.URL.RawQuery = query.Encode()
	case o.TokenHeader != "":
		r.Header.Set(o.TokenHeader, l.secret)
	default:
		r.Header.Set("Authorization", "Bearer "+l.secret)
	}
}

// mask takes the secret out of text that came from the server: proxies have been seen to
// answer with the request's header.
func (l login) mask(text string) string {
	for _, form := range [...]string{l.encoded, l.secret} {
		if form != "" {
			text = strings.ReplaceAll(text, form, "[redacted]")
		}
	}
	return text
}

const maxSecret = 64 << 10 // bytes of a file

// ReadSystemdSecret reads the systemd credential of that name from dir, which is
// $CREDENTIALS_DIRECTORY and not "".
func ReadSystemdSecret(dir, name string) (string, error) {
	if dir == "" {
		return "", fmt.Errorf("credential %q: $CREDENTIALS_DIRECTORY is not set (hint: beside the installed service, root can ask; a service of your own needs LoadCredential=%s:FILE; elsewhere name a file or env)", name, name)
	}
	if name == "" || name == "." || name == ".." || strings.ContainsRune(name, '/') {
		return "", fmt.Errorf("credential %q: want a plain name", name)
	}
	return ReadSecretFile(filepath.Join(dir, name), dir)
}

// ReadSecretFile reads a secret from a regular file of at most 64 KiB: its content
// without one trailing newline. A file that others than its owner can use is refused,
// unless it is in dir, which is $CREDENTIALS_DIRECTORY or "": systemd guards that as a
// whole.
func ReadSecretFile(path, dir string) (string, error) {
	content, mode, err := source.ReadFileMode(path, maxSecret)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	guarded := dir != "" && filepath.Dir(path) == filepath.Clean(dir)
	if mode.Perm()&0o077 != 0 && !guarded {
		return "", fmt.Errorf("secret file %s: others can use it (mode %04o): chmod 600 it", path, mode.Perm())
	}
	secret := strings.TrimSuffix(string(content), "\n")
	if err := checkSecret(secret); err != nil {
		return "", fmt.Errorf("secret file %s: %w", path, err)
	}
	return secret, nil
}

// ReadSecretEnv reads a secret from the environment variable of that name, which getenv,
// usually [os.Getenv], looks up.
func ReadSecretEnv(name string, getenv func(string) string) (string, error) {
	secret := getenv(name)
	if secret == "" {
		return "", fmt.Errorf("environment variable %s: is not set or empty", name)
	}
	if err := checkSecret(secret); err != nil {
		return "", fmt.Errorf("environment variable %s: %w", name, err)
	}
	return secret, nil
}

// checkSecret refuses what cannot be a secret, before it costs a failed login. Its errors
// do not show the secret.
func checkSecret(secret string) error {
	switch {
	case secret == "":
		return errors.New("the secret is empty")
	case strings.HasPrefix(secret, "\ufeff"):
		return errors.New("the secret begins with a byte order mark: save it without")
	case strings.HasSuffix(secret, "\r"):
		return errors.New("the secret ends in a carriage return: save it with Unix line ends")
	case strings.ContainsFunc(secret, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return errors.New("the secret holds a control character or more than one line")
	}
	return nil
}
