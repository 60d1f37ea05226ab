{{/* All of the Job that is immutable. Its name has the hash of this: a change is a new Job, no change is no work. */}}
{{- define "mongo-seed.spec" -}}
backoffLimit: {{ .Values.retries }}
activeDeadlineSeconds: {{ .Values.deadlineSeconds }}
podFailurePolicy:
  rules:
    # 65: the data is wrong, 78: a setting is. Trying again would not help.
    - action: FailJob
      onExitCodes: {containerName: seed, operator: In, values: [65, 78]}
    # A drained node is not the dataset's fault.
    - action: Ignore
      onPodConditions: [{type: DisruptionTarget, status: 'True'}]
template:
  metadata:
    labels: {{- include "common.selectorLabels" . | nindent 6 }}
    {{- with .Values.podAnnotations }}
    annotations: {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    restartPolicy: Never
    serviceAccountName: {{ include "common.serviceAccountName" . }}
    automountServiceAccountToken: false
    enableServiceLinks: false
    securityContext:
      runAsNonRoot: true
      {{- with .Values.runAsUser }}
      runAsUser: {{ int64 . }}
      runAsGroup: {{ int64 . }}
      fsGroup: {{ int64 . }}
      {{- end }}
      seccompProfile: {type: RuntimeDefault}
    {{- with .Values.imagePullSecrets }}
    imagePullSecrets:
      {{- range . }}
      - name: {{ . }}
      {{- end }}
    {{- end }}
    {{- range $key := list "nodeSelector" "tolerations" "affinity" }}
    {{- with index $.Values $key }}
    {{ $key }}: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
    containers:
      - name: seed
        image: {{ include "common.image" . }}
        imagePullPolicy: {{ .Values.image.pullPolicy }}
        args: {{- include "mongo-seed.args" . | nindent 10 }}
        env:
          - {name: MONGODB_URI_FILE, value: /run/secrets/records/mongodb-uri}
          - {name: MONGODB_DATABASE, value: {{ .Values.mongodb.database | quote }}}
          - {name: MONGODB_COLLECTION, value: {{ .Values.mongodb.collection | quote }}}
          - {name: LOG_LEVEL, value: {{ .Values.logLevel }}}
          {{- with .Values.dataset.sha256 }}
          # Read by nobody: it makes a new Job of a new dataset.
          - {name: DATASET_SHA256, value: {{ . | quote }}}
          {{- end }}
          {{- with .Values.extraEnv }}{{ toYaml . | nindent 10 }}{{ end }}
        securityContext:
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities: {drop: [ALL]}
        resources: {{- toYaml .Values.resources | nindent 10 }}
        volumeMounts:
          - {name: secrets, mountPath: /run/secrets/records, readOnly: true}
          {{- with .Values.extraVolumeMounts }}{{ toYaml . | nindent 10 }}{{ end }}
    volumes:
      - name: secrets
        secret:
          secretName: {{ .Values.mongodb.existingSecret }}
          defaultMode: 0440
          items: [{key: {{ .Values.mongodb.key }}, path: mongodb-uri}]
      {{- with .Values.extraVolumes }}{{ toYaml . | nindent 6 }}{{ end }}
{{- end }}

{{- define "mongo-seed.args" -}}
{{- $dataset := .Values.dataset }}
{{- $args := list $dataset.file "--timeout" (toString .Values.timeoutSeconds) }}
{{- range $flag := list "manifest" "key" "name" "version" }}
{{- with get $dataset $flag }}{{ $args = concat $args (list (print "--" $flag) .) }}{{ end }}
{{- end }}
{{- with $dataset.allowRejects }}{{ $args = concat $args (list "--allow-rejects" (toString .)) }}{{ end }}
{{- toYaml $args }}
{{- end }}
