{{/*
The pieces of a pod. A chart that has this one among its dependencies includes them with the context
of this chart, `.Subcharts.sidegate`:

    spec:
      initContainers: {{- include "sidegate.nativeSidecar" .Subcharts.sidegate | nindent 8 }}
      containers:
        - name: app
          ...
        {{- include "sidegate.classicSidecar" .Subcharts.sidegate | nindent 8 }}
      volumes: {{- include "sidegate.volumes" .Subcharts.sidegate | nindent 8 }}
*/}}

{{/* The gate as an item of initContainers, or nothing with sidecar.kind classic. */}}
{{- define "sidegate.nativeSidecar" -}}
{{- if eq .Values.sidecar.kind "native" -}}
- {{ include "sidegate.container" (dict "chart" . "native" true) | indent 2 | trim }}
{{- end -}}
{{- end -}}

{{/* The gate as an item of containers, or nothing with sidecar.kind native. */}}
{{- define "sidegate.classicSidecar" -}}
{{- if eq .Values.sidecar.kind "classic" -}}
- {{ include "sidegate.container" (dict "chart" . "native" false) | indent 2 | trim }}
{{- end -}}
{{- end -}}

{{- define "sidegate.container" -}}
{{- $values := .chart.Values -}}
name: sidegate
image: {{ include "sidegate.image" .chart | quote }}
imagePullPolicy: {{ $values.image.pullPolicy }}
{{- if .native }}
restartPolicy: Always
{{- end }}
args: [serve, --config=/etc/sidegate/sidegate.toml]
{{- with $values.extraEnv }}
env: {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - {name: gate, containerPort: 4180, protocol: TCP}
  {{- if $values.metrics.enabled }}
  - {name: gate-metrics, containerPort: {{ $values.metrics.port }}, protocol: TCP}
  {{- end }}
startupProbe:
  httpGet: {path: /ping, port: {{ include "sidegate.probedPort" .chart }}}
  {{- toYaml $values.probes.startup | nindent 2 }}
livenessProbe:
  httpGet: {path: /ping, port: {{ include "sidegate.probedPort" .chart }}}
  {{- toYaml $values.probes.liveness | nindent 2 }}
readinessProbe:
  httpGet: {path: /ready, port: {{ include "sidegate.probedPort" .chart }}}
  {{- toYaml $values.probes.readiness | nindent 2 }}
resources: {{- toYaml $values.resources | nindent 2 }}
securityContext: {{- include "sidegate.securityContext" .chart | nindent 2 }}
volumeMounts: {{- include "sidegate.volumeMounts" .chart | nindent 2 }}
{{- end -}}

{{/*
Where probes ask: the listener for metrics, which no crowd of clients can fill and no option of the
gate sends elsewhere. Without one, the gate itself.
*/}}
{{- define "sidegate.probedPort" -}}
{{- ternary "gate-metrics" "gate" (and .Values.metrics.enabled (not (hasKey .Values.config "metrics_address"))) -}}
{{- end -}}

{{/* The securityContext of a container. */}}
{{- define "sidegate.securityContext" -}}
runAsNonRoot: true
{{- if not .Values.openshift.enabled }}
runAsUser: {{ .Values.securityContext.runAsUser }}
{{- end }}
runAsGroup: {{ .Values.securityContext.runAsGroup }}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "sidegate.volumeMounts" -}}
- {name: sidegate-config, mountPath: /etc/sidegate, readOnly: true}
- {name: sidegate-secrets, mountPath: /secrets, readOnly: true}
{{- with .Values.extraVolumeMounts }}{{ toYaml . | nindent 0 }}{{ end }}
{{- end -}}

{{/* Items of volumes. */}}
{{- define "sidegate.volumes" -}}
- name: sidegate-config
  configMap: {name: {{ include "sidegate.fullname" . }}, defaultMode: 0444}
- name: sidegate-secrets
{{- if .Values.secrets.csi.provider }}
  csi:
    driver: {{ ternary "secrets-store-gke.csi.k8s.io" "secrets-store.csi.k8s.io" (and (eq .Values.secrets.csi.provider "gcp") .Values.secrets.csi.gcp.managed) }}
    readOnly: true
    volumeAttributes: {secretProviderClass: {{ include "sidegate.fullname" . }}}
{{- else }}
  projected:
    defaultMode: 0440
    sources:
      - secret:
          name: {{ include "sidegate.secretName" . }}
          items:
            {{- range $key := include "sidegate.secretKeys" . | fromJsonArray }}
            - {key: {{ $key }}, path: {{ $key }}}
            {{- end }}
{{- end }}
{{- with .Values.extraVolumes }}{{ toYaml . | nindent 0 }}{{ end }}
{{- end -}}

{{/* The names of the secrets that there are, as a list in JSON. */}}
{{- define "sidegate.secretKeys" -}}
{{- $keys := .Values.secrets.keys -}}
{{- list $keys.clientSecret $keys.cookieSecret $keys.redisPassword | compact | toJson -}}
{{- end -}}

{{/* The securityContext of a pod: its group owns the secrets, and seccomp holds for everybody. */}}
{{- define "sidegate.podSecurityContext" -}}
runAsNonRoot: true
{{- if not .Values.openshift.enabled }}
fsGroup: {{ .Values.securityContext.runAsGroup }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/* Labels and annotations of a pod: a changed configuration makes new pods. */}}
{{- define "sidegate.podLabels" -}}
{{- include "sidegate.selectorLabels" . }}
{{- if eq .Values.mode "standalone" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
{{- if eq .Values.secrets.csi.provider "azure" }}
azure.workload.identity/use: "true"
{{- end }}
{{- end -}}

{{- define "sidegate.podAnnotations" -}}
sidegate/config: {{ include "sidegate.config" . | sha256sum }}
{{- end -}}

{{/* The number for terminationGracePeriodSeconds. */}}
{{- define "sidegate.terminationGracePeriodSeconds" -}}
{{- add .Values.drain.delay .Values.drain.timeout 5 -}}
{{- end -}}

{{/* An item of a Service's ports. */}}
{{- define "sidegate.servicePort" -}}
- {name: http, port: {{ .Values.service.port }}, targetPort: gate, protocol: TCP, appProtocol: http}
{{- end -}}

{{/*
The lifecycle of the container beside the gate: it stays until the gate takes no new requests and
those under way are answered. Kubernetes would end both at once, or the application first.
*/}}
{{- define "sidegate.applicationLifecycle" -}}
preStop:
  sleep: {seconds: {{ add .Values.drain.delay 1 }}}
{{- end -}}
