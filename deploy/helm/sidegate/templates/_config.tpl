{{/* The address at which people come back from the provider. */}}
{{- define "sidegate.callback" -}}
{{- default (printf "https://%s%s/callback" .Values.host (include "sidegate.prefix" .)) .Values.config.redirect_url -}}
{{- end -}}

{{- define "sidegate.prefix" -}}
{{- default "/oauth2" .Values.config.proxy_prefix -}}
{{- end -}}

{{/*
sidegate.toml. Helm's own toToml writes whole numbers as 5.0, which no option takes; so values are
written here: JSON texts and lists are TOML as well.
*/}}
{{- define "sidegate.config" -}}
{{- $secrets := .Values.secrets.keys -}}
{{- $made := dict
    "http_address" ":4180"
    "reverse_proxy" true
    "redirect_url" (include "sidegate.callback" .)
    "cookie_secret_file" (printf "/secrets/%s" $secrets.cookieSecret)
    "silence_ping_logging" true
    "drain_delay" (printf "%ds" (int .Values.drain.delay))
    "shutdown_timeout" (printf "%ds" (int .Values.drain.timeout))
-}}
{{- if eq .Values.mode "sidecar" -}}
{{- $_ := set $made "upstreams" (list (printf "http://127.0.0.1:%d" (int .Values.application.port))) -}}
{{- else -}}
{{- /* Nobody's application: whoever may pass gets 200, as a proxy that asks wants it. */ -}}
{{- $_ := set $made "upstreams" (list "static://200") -}}
{{- $_ := set $made "set_xauthrequest" true -}}
{{- end -}}
{{- if $secrets.clientSecret -}}
{{- $_ := set $made "client_secret_file" (printf "/secrets/%s" $secrets.clientSecret) -}}
{{- end -}}
{{- if $secrets.redisPassword -}}
{{- $_ := set $made "redis_password_file" (printf "/secrets/%s" $secrets.redisPassword) -}}
{{- end -}}
{{- if .Values.metrics.enabled -}}
{{- $_ := set $made "metrics_address" (printf ":%d" (int .Values.metrics.port)) -}}
{{- end -}}
{{- if .Values.istio.enabled -}}
{{- /* These the gateway of Istio writes; all others, X-Forwarded-Host too, it passes on from clients. */ -}}
{{- $_ := set $made "real_client_ip_header" "X-Forwarded-For" -}}
{{- $_ := set $made "trusted_proxy_headers" (list "X-Forwarded-For" "X-Forwarded-Proto" "X-Request-Id") -}}
{{- end -}}
{{- if .Values.istio.extAuthz.enabled -}}
{{- /* A page would lead to addresses that the application's host need not have. */ -}}
{{- $_ := set $made "skip_provider_button" true -}}
{{- end -}}
{{- /* Not by merge, for which false and 0 are nothing. */ -}}
{{- range $key, $value := .Values.config -}}
{{- $_ := set $made $key $value -}}
{{- end -}}
{{- $tables := dict -}}
{{- range $key, $value := $made }}
{{- if and (kindIs "slice" $value) $value (kindIs "map" (first $value)) }}
{{- $_ := set $tables $key $value }}
{{- else }}
{{ $key }} = {{ include "sidegate.toml" $value }}
{{- end }}
{{- end }}
{{- range $name, $rows := $tables }}
{{- range $rows }}

[[{{ $name }}]]
{{- range $key, $value := . }}
{{ $key }} = {{ include "sidegate.toml" $value }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* One value in TOML, on one line. */}}
{{- define "sidegate.toml" -}}
{{- if kindIs "map" . -}}
{ {{- range $index, $key := keys . | sortAlpha }}{{ if $index }},{{ end }} {{ toJson $key }} = {{ include "sidegate.toml" (get $ $key) }}{{ end }} }
{{- else if kindIs "slice" . -}}
[{{- range $index, $value := . }}{{ if $index }}, {{ end }}{{ include "sidegate.toml" $value }}{{ end -}}]
{{- else if kindIs "string" . -}}
{{ toJson . }}
{{- else if kindIs "bool" . -}}
{{ . }}
{{- else -}}
{{ int64 . }}
{{- end -}}
{{- end -}}
