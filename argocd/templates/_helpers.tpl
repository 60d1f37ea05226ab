{{- define "argocd.cluster" -}}
https://kubernetes.default.svc
{{- end }}

{{/* What this environment deploys: the promoted commit where it is guarded, else what everything follows. */}}
{{- define "argocd.revision" -}}
{{ .Values.guarded | ternary .Values.revision .Values.repository.revision }}
{{- end }}

{{- define "argocd.releaseFile" -}}
repoURL: {{ .context.Values.repository.url }}
revision: {{ include "argocd.revision" .context | quote }}
files: [{path: environments/{{ .folder }}/releases.yaml}]
{{- end }}

{{/*
The releases that this environment switches on, out of the same two files that helmfile reads: own ones, or those from
elsewhere, which name a repository. In a matrix the first generator's values win, false ones too.
*/}}
{{- define "argocd.releases" -}}
{{- $origin := .upstream | ternary "hasKey" "not (hasKey" }}
{{- $end := .upstream | ternary "" ")" }}
- matrix:
    generators:
      - matrix:
          generators:
            - git: {{- include "argocd.releaseFile" (dict "context" .context "folder" .context.Values.environment) | nindent 16 }}
            - git: {{- include "argocd.releaseFile" (dict "context" .context "folder" "base") | nindent 16 }}
      - list:
          elementsYaml: |
            {{`{{- range $name, $release := . }}{{ if kindIs "map" $release }}`}}
            {{`{{- if and (get $release "enabled") (`}}{{ $origin }}{{` $release "repository"`}}{{ $end }}{{`) }}`}}
            - release: {{`{{ merge (dict "name" $name) $release (dict "namespace" $.namespace) | toJson }}`}}
            {{`{{- end }}{{ end }}{{ end }}`}}
{{- end }}

{{- define "argocd.automated" -}}
automated: {prune: true, selfHeal: true}
retry:
  limit: 10
  backoff: {duration: 5s, factor: 2, maxDuration: 3m}
{{- end }}

{{- define "argocd.podSecurity" -}}
pod-security.kubernetes.io/enforce: restricted
pod-security.kubernetes.io/warn: restricted
{{- end }}

{{/* A release that leaves a guarded environment's list keeps running until a person deletes its Application. */}}
{{- define "argocd.guard" -}}
{{- if .Values.guarded -}}
syncPolicy: {applicationsSync: create-update, preserveResourcesOnDeletion: true}
# A person's agreement to a removal, which would be wiped off the Application otherwise.
preservedFields: {annotations: [argocd.argoproj.io/deletion-approved]}
{{- end }}
{{- end }}

{{/* Elsewhere its objects go with it, but for those that say Delete=false. */}}
{{- define "argocd.finalizers" -}}
{{- if not .Values.guarded -}}
finalizers: [resources-finalizer.argocd.argoproj.io]
{{- end }}
{{- end }}

{{/* What the charts of this repository can write. No Secret among them: Argo CD neither writes nor deletes one. */}}
{{- define "argocd.kinds" -}}
{{- range $group, $kinds := dict
  "" (list "ConfigMap" "Service" "ServiceAccount")
  "apps" (list "Deployment" "StatefulSet")
  "autoscaling" (list "HorizontalPodAutoscaler")
  "batch" (list "Job")
  "external-secrets.io" (list "ExternalSecret")
  "gateway.networking.k8s.io" (list "HTTPRoute")
  "monitoring.coreos.com" (list "PrometheusRule" "ServiceMonitor")
  "networking.k8s.io" (list "Ingress" "NetworkPolicy")
  "policy" (list "PodDisruptionBudget")
}}
{{- range $kinds }}
- {group: {{ $group | quote }}, kind: {{ . }}}
{{- end }}
{{- end }}
{{- end }}

{{- define "argocd.webhook" -}}
alerts:
  method: POST
  body: |
    {"event": "{{ . }}", "application": {{`{{ .app.metadata.name | toJson }}, "revision": {{ .app.status.sync.revision | toJson }}, "message": {{ (.app.status.operationState | default dict).message | default "" | toJson }}`}}}
{{- end }}
