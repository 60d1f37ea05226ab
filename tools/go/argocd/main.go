// The programs of Argo CD that the tests run, in one: the name it is called by chooses which. Besides them argorender,
// which asks a repo-server what an Application renders to, and argocd-redis, a stand-in where there is no Redis.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/argoproj/argo-cd/v3/util/grpc"
	argolog "github.com/argoproj/argo-cd/v3/util/log"
	"github.com/spf13/cobra"
	"k8s.io/klog/v2"

	controller "github.com/argoproj/argo-cd/v3/cmd/argocd-application-controller/commands"
	applicationset "github.com/argoproj/argo-cd/v3/cmd/argocd-applicationset-controller/commands"
	askpass "github.com/argoproj/argo-cd/v3/cmd/argocd-git-ask-pass/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
	cli "github.com/argoproj/argo-cd/v3/cmd/argocd/commands"
)

var programs = map[string]func() *cobra.Command{
	"argocd":                           cli.NewCommand,
	"argocd-application-controller":    controller.NewCommand,
	"argocd-applicationset-controller": applicationset.NewCommand,
	"argocd-git-ask-pass":              askpass.NewCommand,
	"argocd-redis":                     redisCommand,
	"argocd-repo-server":               reposerver.NewCommand,
	"argorender":                       renderCommand,
}

func main() {
	klog.SetLogger(argolog.NewLogrusLogger(argolog.NewWithCurrentConfig()))
	grpc.DisableSRVLookups()
	program, found := programs[filepath.Base(os.Args[0])]
	if !found {
		program = cli.NewCommand
	}
	command := program()
	command.SilenceUsage = true
	if err := command.ExecuteContext(context.Background()); err != nil {
		os.Exit(1)
	}
}

// fail keeps what a reader of the error needs: which object it was about.
func fail(object string, err error) error {
	return fmt.Errorf("%s: %w", object, err)
}
