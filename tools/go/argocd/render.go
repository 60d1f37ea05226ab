package main

import (
	"context"
	"fmt"
	"os"
	"regexp"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/util/argo"
	"github.com/argoproj/argo-cd/v3/util/tls"
	log "github.com/sirupsen/logrus"
	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

const timeoutSeconds = 60

// renderer asks a repo-server what Argo CD would apply.
type renderer struct {
	server      apiclient.RepoServerServiceClient
	kubeVersion string
	tracking    string
}

func renderCommand() *cobra.Command {
	var address string
	var r renderer
	command := &cobra.Command{
		Use:   "argorender FILE...",
		Short: "Prints what Argo CD would apply for the Applications and ApplicationSets in these files",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(command *cobra.Command, files []string) error {
			log.SetLevel(log.WarnLevel)
			connection, server, err := apiclient.NewRepoServerClientset(address, timeoutSeconds, tls.Configuration{DisableTLS: true}).NewRepoServerClient()
			if err != nil {
				return err
			}
			defer connection.Close()
			r.server = server
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					return err
				}
				if err := r.documents(command.Context(), text); err != nil {
					return fail(file, err)
				}
			}
			return nil
		},
	}
	command.Flags().StringVar(&address, "repo-server", "127.0.0.1:8081", "address of a repo-server without TLS")
	command.Flags().StringVar(&r.kubeVersion, "kube-version", "", "version of the cluster, for charts that ask")
	command.Flags().StringVar(&r.tracking, "tracking", "annotation", "how Argo CD marks what it applies: annotation, label, annotation+label, or none for the plain render")
	return command
}

var separator = regexp.MustCompile(`(?m)^---\s*$`)

func (r renderer) documents(ctx context.Context, text []byte) error {
	for _, document := range separator.Split(string(text), -1) {
		var head struct{ Kind string }
		if err := yaml.Unmarshal([]byte(document), &head); err != nil {
			return err
		}
		switch head.Kind {
		case "Application":
			var application v1alpha1.Application
			if err := yaml.Unmarshal([]byte(document), &application); err != nil {
				return err
			}
			if err := r.application(ctx, &application); err != nil {
				return err
			}
		case "ApplicationSet":
			var set v1alpha1.ApplicationSet
			if err := yaml.Unmarshal([]byte(document), &set); err != nil {
				return err
			}
			applications, err := expand(r.server, set)
			if err != nil {
				return err
			}
			for i := range applications {
				if err := r.application(ctx, &applications[i]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (r renderer) application(ctx context.Context, application *v1alpha1.Application) error {
	fmt.Printf("---\n# %s\n", application.Name)
	sources := application.Spec.GetSources()
	repository := func(_ context.Context, url, _ string) (*v1alpha1.Repository, error) {
		return &v1alpha1.Repository{Repo: url}, nil
	}
	references, err := argo.GetRefSources(ctx, sources, application.Spec.Project, repository, nil)
	if err != nil {
		return fail(application.Name, err)
	}
	for i := range sources {
		if sources[i].IsRef() && sources[i].Path == "" && sources[i].Chart == "" {
			continue
		}
		manifests, err := r.server.GenerateManifest(ctx, r.request(application, &sources[i], references))
		if err != nil {
			return fail(application.Name, err)
		}
		for _, manifest := range manifests.Manifests {
			text, err := yaml.JSONToYAML([]byte(manifest))
			if err != nil {
				return fail(application.Name, err)
			}
			fmt.Printf("---\n%s", text)
		}
	}
	return nil
}

func (r renderer) request(application *v1alpha1.Application, source *v1alpha1.ApplicationSource, references v1alpha1.RefTargetRevisionMapping) *apiclient.ManifestRequest {
	// Without a key the repo-server adds no label: then the result is what the chart says and nothing else.
	labelKey := "app.kubernetes.io/instance"
	if r.tracking == "none" {
		labelKey = ""
	}
	return &apiclient.ManifestRequest{
		AppLabelKey:        labelKey,
		AppName:            application.InstanceName("argocd"),
		ApplicationSource:  source,
		HasMultipleSources: application.Spec.HasMultipleSources(),
		HelmOptions:        &v1alpha1.HelmOptions{ValuesFileSchemes: []string{}},
		KubeVersion:        r.kubeVersion,
		Namespace:          application.Spec.Destination.Namespace,
		NoRevisionCache:    true,
		ProjectName:        application.Spec.Project,
		ProjectSourceRepos: []string{"*"},
		RefSources:         references,
		Repo:               &v1alpha1.Repository{Repo: source.RepoURL},
		Repos:              []*v1alpha1.Repository{},
		Revision:           source.TargetRevision,
		TrackingMethod:     r.tracking,
	}
}
