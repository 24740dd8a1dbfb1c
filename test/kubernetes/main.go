// Command kube is a Kubernetes control plane as one program: etcd and kube-apiserver, chosen by the
// name it is called by, or by its first argument.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

// parts are the programs in it; more of Kubernetes may join, which links most of it already.
var parts = map[string]func() *cobra.Command{
	"kube-apiserver": apiserver.NewAPIServerCommand,
}

func main() {
	args := os.Args
	name := filepath.Base(args[0])
	if parts[name] == nil && name != "etcd" && len(args) > 1 {
		args = args[1:]
		name = args[0]
	}
	os.Args = args
	if name == "etcd" {
		etcdmain.Main(args)
		return
	}
	part := parts[name]
	if part == nil {
		fmt.Fprintf(os.Stderr, "usage: kube %s ...\n", strings.Join(names(), "|"))
		os.Exit(2)
	}
	os.Exit(cli.Run(part()))
}

func names() []string {
	all := []string{"etcd"}
	for name := range parts {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
