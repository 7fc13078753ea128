{{/* What may be reached, as items of `egress` of a NetworkPolicy. */}}
{{- define "sidegate.toDns" -}}
- to:
    {{- include "sidegate.peerOf" (list . "dns") | nindent 4 }}
    {{- with .Values.networkPolicy.dns.nodeLocalAddress }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
  ports:
    - {port: {{ include "sidegate.dnsPort" . }}, protocol: UDP}
    - {port: {{ include "sidegate.dnsPort" . }}, protocol: TCP}
{{- end -}}

{{- define "sidegate.toProvider" -}}
{{- include "sidegate.toAddresses" .Values.networkPolicy.provider -}}
{{- end -}}

{{- define "sidegate.toRedis" -}}
{{- $redis := .Values.networkPolicy.redis -}}
{{- if $redis.enabled -}}
- to: {{- include "sidegate.peer" $redis | nindent 4 }}
  ports:
    - {port: {{ $redis.port }}, protocol: TCP}
{{- end -}}
{{- end -}}

{{- define "sidegate.toAddresses" -}}
{{- $ports := .ports -}}
{{- with .cidrs -}}
- to:
    {{- range . }}
    - ipBlock: {{- toYaml . | nindent 8 }}
    {{- end }}
  ports:
    {{- range $ports }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
{{- end -}}
{{- end -}}
