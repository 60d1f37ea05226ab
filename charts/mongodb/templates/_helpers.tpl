{{/* HOME is where mongosh keeps its history, and has to be writable. */}}
{{- define "mongodb.env" -}}
{{- $env := list (dict "name" "HOME" "value" "/tmp") }}
{{- if .Values.auth.enabled }}
{{- $env = concat $env (list
      (dict "name" "MONGO_INITDB_ROOT_USERNAME_FILE" "value" "/run/secrets/mongodb/root/username")
      (dict "name" "MONGO_INITDB_ROOT_PASSWORD_FILE" "value" "/run/secrets/mongodb/root/password")
      (dict "name" "APPLICATION_SECRET" "value" "/run/secrets/mongodb/application")
      (dict "name" "APPLICATION_DATABASE" "value" .Values.auth.application.database)
      (dict "name" "DATA" "value" .Values.persistence.mountPath)) }}
{{- end }}
{{- toYaml (concat $env .Values.extraEnv) }}
{{- end }}
