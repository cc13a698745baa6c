package bamboo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// maxSecret bounds the file of a secret, in bytes.
const maxSecret = 64 << 10

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

// ReadSecretFile reads a secret from a file: its content without one trailing
// newline. A file that others than its owner can use is refused, unless it is in
// dir, which is $CREDENTIALS_DIRECTORY or "": systemd guards that as a whole.
func ReadSecretFile(path, dir string) (string, error) {
	// Opening a pipe would block: look first.
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("secret file %s: is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && !within(dir, path) {
		return "", fmt.Errorf("secret file %s: others can use it (mode %04o): chmod 600 it", path, mode)
	}
	content, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("secret: %w", err)
	}
	if len(content) > maxSecret {
		return "", fmt.Errorf("secret file %s: is larger than %d bytes", path, maxSecret)
	}
	secret := string(bytes.TrimSuffix(content, []byte("\n")))
	if err := checkSecret(secret); err != nil {
		return "", fmt.Errorf("secret file %s: %w", path, err)
	}
	return secret, nil
}

// ReadSecretEnv reads a secret from the environment variable of that name, which
// getenv, usually [os.Getenv], looks up.
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

// checkSecret refuses what cannot be a secret, before it costs a failed login.
// Its errors do not show the secret.
func checkSecret(secret string) error {
	if secret == "" {
		return errors.New("the secret is empty")
	}
	if strings.HasPrefix(secret, "\ufeff") {
		return errors.New("the secret begins with a byte order mark: save it without")
	}
	if strings.HasSuffix(secret, "\r") {
		return errors.New("the secret ends in a carriage return: save it with Unix line ends")
	}
	for i := range len(secret) {
		if secret[i] < ' ' || secret[i] == 0x7f {
			return errors.New("the secret holds a control character or more than one line")
		}
	}
	return nil
}

// within reports whether path, as written, lies in dir.
func within(dir, path string) bool {
	if dir == "" {
		return false
	}
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}
