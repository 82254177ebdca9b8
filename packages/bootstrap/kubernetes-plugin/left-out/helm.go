// Package v4 stands for Helm charts as components, which this repository declares none of.
package v4

import "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider/resource"

func NewChartProvider(*resource.ResourceProviderOptions) resource.ResourceProvider { return nil }
