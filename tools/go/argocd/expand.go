package main

import (
	"context"

	"github.com/argoproj/argo-cd/v3/applicationset/controllers/template"
	"github.com/argoproj/argo-cd/v3/applicationset/generators"
	"github.com/argoproj/argo-cd/v3/applicationset/utils"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	log "github.com/sirupsen/logrus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

// repositories answers the Git generator by a repo-server, without Argo CD's database.
type repositories struct {
	server apiclient.RepoServerServiceClient
}

func (r repositories) GetFiles(ctx context.Context, url, revision, _, pattern string, _ bool, _ *v1alpha1.SourceIntegrity) (map[string][]byte, error) {
	files, err := r.server.GetGitFiles(ctx, &apiclient.GitFilesRequest{Repo: &v1alpha1.Repository{Repo: url}, Revision: revision, Path: pattern, NewGitFileGlobbingEnabled: true, NoRevisionCache: true})
	return files.GetMap(), err
}

func (r repositories) GetDirectories(ctx context.Context, url, revision, _ string, _ bool, _ *v1alpha1.SourceIntegrity) ([]string, error) {
	directories, err := r.server.GetGitDirectories(ctx, &apiclient.GitDirectoriesRequest{Repo: &v1alpha1.Repository{Repo: url}, Revision: revision, NoRevisionCache: true})
	return directories.GetPaths(), err
}

// expand gives the Applications of an ApplicationSet with list, Git, matrix and merge generators, as the
// applicationset-controller would.
func expand(server apiclient.RepoServerServiceClient, set v1alpha1.ApplicationSet) ([]v1alpha1.Application, error) {
	plain := map[string]generators.Generator{
		"List": generators.NewListGenerator(),
		"Git":  generators.NewGitGenerator(repositories{server}, "argocd"),
	}
	// A matrix or merge generator may hold another, once.
	nested := with(plain, plain)
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, fail(set.Name, err)
	}
	// The Git generator looks its project up, for rules about signatures.
	project := &v1alpha1.AppProject{ObjectMeta: metav1.ObjectMeta{Name: set.Spec.Template.Spec.Project, Namespace: "argocd"}}
	kubernetes := fake.NewClientBuilder().WithScheme(scheme).WithObjects(project).Build()
	applications, _, err := template.GenerateApplications(log.NewEntry(log.StandardLogger()), set, with(plain, nested), &utils.Render{}, kubernetes)
	if err != nil {
		return nil, fail(set.Name, err)
	}
	return applications, nil
}

// with adds generators that combine inner ones to the plain ones.
func with(plain, inner map[string]generators.Generator) map[string]generators.Generator {
	all := map[string]generators.Generator{
		"Matrix": generators.NewMatrixGenerator(inner),
		"Merge":  generators.NewMergeGenerator(inner),
	}
	for name, generator := range plain {
		all[name] = generator
	}
	return all
}
