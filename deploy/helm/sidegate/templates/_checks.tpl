{{/* What the values lack, all at once, each with what to do. A template that always renders asks. */}}
{{- define "sidegate.check" -}}
{{- $v := .Values -}}
{{- $found := list -}}
{{- if not $v.image.repository -}}
{{- $found = append $found "image.repository: say where your image is, as registry.example.com/sidegate" -}}
{{- end -}}
{{- if not $v.host -}}
{{- $found = append $found "host: give the host name at which people come back from the provider" -}}
{{- end -}}
{{- if not (or $v.config.client_id $v.config.providers) -}}
{{- $found = append $found "config.client_id: give the client id that the provider knows you by" -}}
{{- end -}}
{{- if not (or $v.config.email_domains $v.config.authenticated_emails_file $v.config.htpasswd_file) -}}
{{- $found = append $found "config.email_domains: say who may pass, as [example.com]; [\"*\"] is everybody who can sign in" -}}
{{- end -}}
{{- $found = concat $found (include "sidegate.checkSecrets" . | fromJsonArray) -}}
{{- if eq $v.mode "sidecar" -}}
{{- if not $v.application.selectorLabels -}}
{{- $found = append $found "application.selectorLabels: name the labels that select the pods of the application" -}}
{{- end -}}
{{- if or $v.istio.extAuthz.enabled $v.autoscaling.enabled -}}
{{- $found = append $found "istio.extAuthz, autoscaling: are for mode standalone" -}}
{{- end -}}
{{- end -}}
{{- if and $v.istio.enabled $v.istio.virtualService.enabled -}}
{{- if and $v.istio.gateway.create (not $v.istio.gateway.credentialName) -}}
{{- $found = append $found "istio.gateway.credentialName: name the TLS secret, or an existing Gateway with create: false" -}}
{{- end -}}
{{- if not (or $v.istio.gateway.create $v.istio.gateway.name) -}}
{{- $found = append $found "istio.gateway.name: name the existing Gateway, as NAMESPACE/NAME" -}}
{{- end -}}
{{- end -}}
{{- if and $v.rotation.enabled (not $v.secrets.existingSecret) -}}
{{- $found = append $found "rotation: is for secrets.existingSecret; others are rotated where they come from" -}}
{{- end -}}
{{- if and $v.rotation.enabled $v.networkPolicy.enabled (not $v.networkPolicy.apiServer.cidrs) -}}
{{- $found = append $found "networkPolicy.apiServer.cidrs: the job may reach nothing else, so give the addresses of the API server, as [{cidr: 10.0.0.5/32}]; kubectl get endpointslices --namespace default --selector kubernetes.io/service-name=kubernetes shows them" -}}
{{- end -}}
{{- if and $v.istio.extAuthz.enabled (not $v.istio.extAuthz.hosts) -}}
{{- $found = append $found "istio.extAuthz.hosts: list the host names that need somebody signed in" -}}
{{- end -}}
{{- if and $v.gatewayApi.enabled (not $v.gatewayApi.parentRefs) -}}
{{- $found = append $found "gatewayApi.parentRefs: name the Gateway" -}}
{{- end -}}
{{- $np := $v.networkPolicy -}}
{{- $where := $np.gateway -}}
{{- if and (or $v.ingress.enabled $v.gatewayApi.enabled) $np.enabled (not $v.istio.enabled) (not $where.namespaceLabels) (not $where.podLabels) -}}
{{- $found = append $found "networkPolicy.gateway: say by namespaceLabels and podLabels which pods people come through, such as those of the Ingress controller" -}}
{{- end -}}
{{- if and (eq (default "cookie" $v.config.session_store_type) "redis") $np.enabled (not $np.redis.enabled) (not $np.extraEgress) -}}
{{- $found = append $found "networkPolicy.redis: sessions are in Redis, and nothing lets the gate reach it" -}}
{{- end -}}
{{- if $found -}}
{{- fail (printf "\n\n%d mistakes in the values:\n  - %s\n" (len $found) (join "\n  - " $found)) -}}
{{- end -}}
{{- end -}}
