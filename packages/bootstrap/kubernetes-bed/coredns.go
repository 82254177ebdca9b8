package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/coredns/caddy"
	"github.com/coredns/coredns/core/dnsserver"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/template"
)

// serveNames is CoreDNS with the plugins that a cluster's own names need: coredns <corefile>. Nothing is forwarded, so
// no question of a pod ever leaves this machine.
func serveNames(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("it takes one argument, a Corefile")
	}
	corefile, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	caddy.AppName, caddy.AppVersion = "CoreDNS", "bed"
	dnsserver.Quiet = true
	server, err := caddy.Start(caddy.CaddyfileInput{Contents: corefile, Filepath: args[0], ServerTypeName: "dns"})
	if err != nil {
		return err
	}
	server.Wait()
	return nil
}

// forgetFlagsOfNames keeps CoreDNS' global flags ("-p", "-quiet" …) out of the other programs, which adopt every
// global flag that they find.
func forgetFlagsOfNames() {
	kept := flag.NewFlagSet(os.Args[0], flag.ExitOnError)
	flag.VisitAll(func(f *flag.Flag) {
		if f.Name != "p" && f.Name != "quiet" && !strings.HasPrefix(f.Name, "dns.") {
			kept.Var(f.Value, f.Name, f.Usage)
		}
	})
	flag.CommandLine = kept
}
