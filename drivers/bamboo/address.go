package bamboo

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// apiPath is where Bamboo's REST API begins below the base URL.
const apiPath = "rest/api/latest"

// pastedAPI is the end of a base URL that was copied from the API's address.
var pastedAPI = regexp.MustCompile(`/rest/api(/[^/]*)?$`)

// parseBase checks a base URL and takes off what people paste with it. Errors
// never repeat an address that may hold a password.
func parseBase(text string, insecure bool) (*url.URL, error) {
	if strings.Contains(text, "@") {
		return nil, errors.New("bamboo: url: holds user info, which would end up in logs: use auth instead")
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("bamboo: url %q: want https://host or https://host/context", text)
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#") {
		return nil, fmt.Errorf("bamboo: url https://%s: holds a query or a fragment: want only the base URL", u.Host)
	}
	if u.Scheme == "http" && !insecure && !isLoopback(u.Hostname()) {
		return nil, fmt.Errorf("bamboo: url %q: http would send the login in clear text: use https, or insecure: true", text)
	}
	u = u.JoinPath() // resolves dots and doubled slashes
	path := pastedAPI.ReplaceAllString(strings.TrimRight(u.EscapedPath(), "/"), "")
	clean, err := u.Parse(strings.TrimRight(path, "/") + "/")
	if err != nil {
		return nil, fmt.Errorf("bamboo: url %q: want https://host or https://host/context", text)
	}
	return clean, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// api returns the address of a call, without a query.
func (c *Client) api(path string) *url.URL { return c.base.JoinPath(apiPath, path) }

// show returns the address of a call as errors name it: it never holds a query.
func (c *Client) show(path string) string { return c.api(path).String() }

// resultPage returns the address of a result's page for people.
func (c *Client) resultPage(id string) string {
	u := c.base.JoinPath("deploy", "viewDeploymentResult.action")
	u.RawQuery = url.Values{"deploymentResultId": {id}}.Encode()
	return u.String()
}
