// Package v2 stands for YAML manifests as components, which this repository declares none of.
package v2

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/resource"

func NewConfigFileProvider(*resource.ResourceProviderOptions) resource.ResourceProvider { return nil }

func NewConfigGroupProvider(*resource.ResourceProviderOptions) resource.ResourceProvider { return nil }
