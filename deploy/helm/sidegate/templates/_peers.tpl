{{/*
Pods as a peer of a NetworkPolicy: (list . "gateway"). Labels that are given count alone, and none at
all mean the default. They are no defaults of values.yaml: Helm would lay the given ones over them,
and no pod has the labels of two gateways.
*/}}
{{- define "sidegate.peerOf" -}}
{{- $root := first . -}}
{{- $peer := get $root.Values.networkPolicy (last .) -}}
{{- if not (or $peer.namespaceLabels $peer.podLabels) -}}
{{- $peer = get (include "sidegate.peerDefaults" $root | fromYaml) (last .) -}}
{{- end -}}
{{- include "sidegate.peer" $peer -}}
{{- end -}}

{{- define "sidegate.peerDefaults" -}}
{{- if and .Values.openshift.enabled (not .Values.istio.enabled) }}
gateway:
  namespaceLabels: {network.openshift.io/policy-group: ingress}
{{- else }}
gateway:
  namespaceLabels: {kubernetes.io/metadata.name: {{ .Values.istio.gateway.namespace }}}
  podLabels: {{- include "sidegate.gatewayLabels" .Values.istio.gateway.selector | nindent 4 }}
{{- end }}
mesh:
  namespaceLabels: {kubernetes.io/metadata.name: istio-system}
{{- if .Values.openshift.enabled }}
prometheus:
  namespaceLabels: {kubernetes.io/metadata.name: openshift-user-workload-monitoring}
  podLabels: {app.kubernetes.io/name: prometheus}
dns:
  namespaceLabels: {kubernetes.io/metadata.name: openshift-dns}
  podLabels: {dns.operator.openshift.io/daemonset-dns: default}
{{- else }}
prometheus:
  namespaceLabels: {kubernetes.io/metadata.name: monitoring}
  podLabels: {app.kubernetes.io/name: prometheus}
dns:
  namespaceLabels: {kubernetes.io/metadata.name: kube-system}
  podLabels: {k8s-app: kube-dns}
{{- end }}
{{- end -}}

{{/* The port of the pods of DNS: those of OpenShift listen on 5353, and a policy sees that one. */}}
{{- define "sidegate.dnsPort" -}}
{{- $port := int .Values.networkPolicy.dns.port -}}
{{- if and .Values.openshift.enabled (eq $port 53) -}}5353{{- else -}}{{ $port }}{{- end -}}
{{- end -}}

{{/* The labels of a gateway of Istio: as given, else as its chart sets them. */}}
{{- define "sidegate.gatewayLabels" -}}
{{- default (dict "istio" "ingressgateway") . | toYaml -}}
{{- end -}}
