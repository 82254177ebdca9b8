// Package v2 stands for Kustomize directories as components, which this repository declares none of.
package v2

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/resource"

func NewDirectoryProvider(*resource.ResourceProviderOptions) resource.ResourceProvider { return nil }
