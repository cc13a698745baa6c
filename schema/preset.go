package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/format"

	"github.com/fridaycounter/fridaycounter/schema/internal/diagnose"
)

// presetSamples are small sources of each preset, which [Preset] turns into http.
func presetSamples() map[string]string {
	return map[string]string{
		"github":  `{repositories: ["example/shop"], environments: ["production"], auth: token: credential: "github-token"}`,
		"gitlab":  `{projects: ["group/shop"], environments: ["production"], auth: header: {name: "PRIVATE-TOKEN", value: credential: "gitlab-token"}}`,
		"jenkins": `{url: "https://ci.example.com", jobs: Production: job: "shop/deploy", auth: basic: {username: "wall", password: credential: "jenkins-token"}}`,
		"argocd":  `{url: "https://argocd.example.com", applications: ["/-production$/"], auth: token: credential: "argocd-token"}`,
	}
}

// Presets returns the names of the kinds of sources that are http in other words.
func Presets() []string { return slices.Sorted(maps.Keys(presetSamples())) }

// Preset returns what a small source of a preset says, in the words of http: CUE to start from.
func Preset(name string) ([]byte, error) {
	sample, ok := presetSamples()[name]
	if !ok {
		return nil, fmt.Errorf("%q is no preset: want %s", name, strings.Join(Presets(), ", "))
	}
	ctx := cuecontext.New()
	of := preset(ctx, name, ctx.CompileString(sample))
	source := ast.NewStruct()
	for _, field := range []string{"in.url", "in.auth", "out.headers", "out.environments"} {
		if v := of.LookupPath(cue.ParsePath(field)); v.Exists() {
			_, label, _ := strings.Cut(field, ".")
			source.Elts = append(source.Elts, &ast.Field{Label: ast.NewIdent(label), Value: expression(v)})
		}
	}
	source.Elts = append(source.Elts, expression(of.LookupPath(cue.ParsePath("out.feeds[0]"))).(*ast.StructLit).Elts...)
	text, err := format.Node(source, format.Simplify())
	if err != nil {
		return nil, fmt.Errorf("preset %s: %w", name, err)
	}
	return slices.Concat([]byte("http: "), text, []byte("\n")), nil
}

// preset returns what #Presets has for a kind, with a source of that kind as in.
func preset(ctx *cue.Context, kind string, in cue.Value) cue.Value {
	schema := ctx.BuildInstance(diagnose.SchemaInstance(build.NewContext(), files, ""))
	return schema.LookupPath(cue.MakePath(cue.Def("#Presets"), cue.Str(kind))).FillPath(cue.ParsePath("in"), in)
}

// expression returns a value as it is written.
func expression(v cue.Value) ast.Expr { return v.Syntax(cue.Final()).(ast.Expr) }
