{{/* The same file in every chart: change charts/records/templates/_common.tpl, then `make generate`. */}}

{{- define "common.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* The release's name when that says what it is, else <release>-<name>; short enough for suffixes. */}}
{{- define "common.fullname" -}}
{{- $name := include "common.name" . -}}
{{- $default := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{ .Values.fullnameOverride | default $default | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* Never changes for a release: selectors and pod templates are built on it. */}}
{{- define "common.selectorLabels" -}}
app.kubernetes.io/name: {{ include "common.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "common.labels" -}}
{{ include "common.selectorLabels" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | quote }}
app.kubernetes.io/part-of: records
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "common.image" -}}
{{- $tag := .Values.image.tag | default (empty .Values.image.digest | ternary .Chart.AppVersion "") -}}
{{ .Values.image.repository }}{{ with $tag }}:{{ . }}{{ end }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "common.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (include "common.fullname" .) }}
{{- end }}

{{/* What is wrong with the image, for validate.yaml; empty when nothing is. */}}
{{- define "common.imageErrors" -}}
{{- if and .Values.image.requireDigest (not .Values.image.digest) -}}
image.digest is empty and image.requireDigest is true: set it to the sha256:... of the pushed image (environments/<env>/images/{{ .Chart.Name }}.yaml).
{{- else if and (eq .Values.image.tag "latest") (not .Values.image.digest) -}}
image.tag is latest, which moves: set image.tag to a version, or image.digest.
{{- end -}}
{{- end }}

{{/* Ends the render with every refusal of a list; prints nothing when it is empty. */}}
{{- define "common.refuse" -}}
{{- $chart := .chart -}}
{{- with without .errors "" -}}
{{- fail (printf "\n\n%s: %s\n" $chart (join (printf "\n%s: " $chart) .)) -}}
{{- end -}}
{{- end }}
