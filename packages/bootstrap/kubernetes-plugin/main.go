// Command pulumi-resource-kubernetes is Pulumi's official Kubernetes plugin: the module's own command lacks two generated
// files, so this one embeds what they are generated from. The bootstrap copies both out of the module beside this file.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, mapping)
}
