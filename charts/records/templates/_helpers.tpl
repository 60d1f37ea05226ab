{{/* The environment of the service; alone, so that its checksum moves only when it does. */}}
{{- define "records.config" -}}
{{- $own := dict "nodeEnv" "production" "port" 8080 "metricsPort" 9090
      "shutdownDelayMs" (mul 1000 .Values.drain.delaySeconds) "shutdownTimeoutMs" (mul 1000 .Values.drain.timeoutSeconds) }}
{{- range $key, $value := merge (dict) .Values.config $own }}
{{ $key | snakecase | upper }}: {{ kindIs "float64" $value | ternary (int64 $value) $value | quote }}
{{- end }}
{{- end }}
