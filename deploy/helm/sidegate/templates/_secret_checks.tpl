{{/*
What the values lack to say where the secrets are, as a list in JSON. A value of a vault is held against
the form that its provider has, so that a mistake is told here and not by a volume that never comes.
*/}}
{{- define "sidegate.checkSecrets" -}}
{{- $s := .Values.secrets -}}
{{- $found := list -}}
{{- $sources := 0 -}}
{{- range list $s.existingSecret $s.externalSecret.enabled $s.csi.provider -}}
{{- if . -}}{{- $sources = add1 $sources -}}{{- end -}}
{{- end -}}
{{- if ne (int $sources) 1 -}}
{{- $found = append $found "secrets: say by one of existingSecret, externalSecret, csi where the secrets are" -}}
{{- end -}}
{{- if not $s.keys.cookieSecret -}}
{{- $found = append $found "secrets.keys.cookieSecret: cannot be empty" -}}
{{- end -}}
{{- if $s.externalSecret.enabled -}}
{{- $found = concat $found (include "sidegate.checkExternalSecret" $s | fromJsonArray) -}}
{{- else if or $s.externalSecret.store.name $s.externalSecret.clientSecret.key $s.externalSecret.cookieSecret.key -}}
{{- $found = append $found "secrets.externalSecret.enabled: is false, and the store or keys are given" -}}
{{- end -}}
{{- if $s.csi.provider -}}
{{- $found = concat $found (include "sidegate.checkCsi" $s | fromJsonArray) -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{- define "sidegate.checkExternalSecret" -}}
{{- $external := .externalSecret -}}
{{- $found := list -}}
{{- if not $external.store.name -}}
{{- $found = append $found "secrets.externalSecret.store.name: name the SecretStore" -}}
{{- end -}}
{{- if not (regexMatch "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$" $external.refreshInterval) -}}
{{- $found = append $found (printf "secrets.externalSecret.refreshInterval: %q is no duration, write 1h or 15m" $external.refreshInterval) -}}
{{- end -}}
{{- range $name, $key := .keys -}}
{{- if and $key (not (get $external $name).key) -}}
{{- $found = append $found (printf "secrets.externalSecret.%s.key: say what the store calls it" $name) -}}
{{- else if and (not $key) (get $external $name).key -}}
{{- $found = append $found (printf "secrets.keys.%s: name the file that it becomes" $name) -}}
{{- end -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{- define "sidegate.checkCsi" -}}
{{- $csi := .csi -}}
{{- $forms := include "sidegate.csiForms" . | fromYaml -}}
{{- $found := list -}}
{{- range $field, $form := get $forms.fields $csi.provider -}}
{{- $value := get (get $csi $csi.provider) $field -}}
{{- if and (not $value) $form.needed -}}
{{- $found = append $found (printf "secrets.csi.%s.%s: is needed, %s" $csi.provider $field $form.is) -}}
{{- else if and $value (not (regexMatch $form.like $value)) -}}
{{- $found = append $found (printf "secrets.csi.%s.%s: %q is not %s" $csi.provider $field $value $form.is) -}}
{{- end -}}
{{- end -}}
{{- range $other := without (list "azure" "aws" "gcp" "vault") $csi.provider -}}
{{- range $field, $value := get $csi $other -}}
{{- if and $value (hasKey (get $forms.fields $other) $field) -}}
{{- $found = append $found (printf "secrets.csi.%s.%s: is given, and the provider is %s" $other $field $csi.provider) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $form := get $forms.names $csi.provider -}}
{{- range $name, $key := .keys -}}
{{- $value := get $csi $name -}}
{{- if and $key (not $value) -}}
{{- $found = append $found (printf "secrets.csi.%s: say what it is called there" $name) -}}
{{- else if and (not $key) $value (eq $name "redisPassword") -}}
{{- $found = append $found "secrets.keys.redisPassword: name the file that secrets.csi.redisPassword becomes" -}}
{{- else if and $key (not (regexMatch $form.like $value)) -}}
{{- $found = append $found (printf "secrets.csi.%s: %q is not %s" $name $value $form.is) -}}
{{- end -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{/* How each vault writes its values, and the names of secrets in it. */}}
{{- define "sidegate.csiForms" -}}
fields:
  azure:
    keyvaultName: {needed: true, like: "^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$", is: "the name of the vault, without https:// and .vault.azure.net"}
    tenantId: {needed: true, like: "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", is: "the directory id, as 00000000-0000-0000-0000-000000000000"}
    clientId: {needed: true, like: "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$", is: "the client id of the workload identity, as 00000000-0000-0000-0000-000000000000"}
    cloudName: {like: "^Azure[A-Za-z]+Cloud$", is: "a cloud, as AzureChinaCloud"}
  aws:
    region: {like: "^[a-z]{2}(-[a-z]+)+-[0-9]$", is: "a region, as eu-central-1"}
    failoverRegion: {like: "^[a-z]{2}(-[a-z]+)+-[0-9]$", is: "a region, as eu-west-1"}
    objectName: {like: "^[A-Za-z0-9/_+=.@:-]+$", is: "the name of one secret whose JSON holds them all"}
  gcp:
    project: {needed: true, like: "^([a-z][a-z0-9-]{4,28}[a-z0-9]|[0-9]+)$", is: "the id or the number of the project"}
    location: {like: "^[a-z]+-[a-z]+[0-9]+$", is: "the location of regional secrets, as europe-west3"}
  vault:
    address: {needed: true, like: "^https://[^/?#\\s]+/?$", is: "the address of Vault, as https://vault.example.com:8200"}
    role: {needed: true, like: "^[^\\s/]+$", is: "the role of its Kubernetes authentication"}
    path: {needed: true, like: "^[^/\\s](\\S*[^/\\s])?$", is: "the path of the secret, as secret/data/gate for version 2 of the key-value engine"}
    namespace: {like: "^\\S+$", is: "a namespace of Vault Enterprise"}
    authMountPath: {like: "^[^/\\s](\\S*[^/\\s])?$", is: "the path where Kubernetes authentication is mounted, as kubernetes"}
    audience: {like: "^\\S+$", is: "the audience of the token"}
    caCertPath: {like: "^/\\S+$", is: "the path of a certificate file in the pods of the provider"}
names:
  azure: {like: "^[A-Za-z0-9-]{1,127}$", is: "a name in Key Vault: letters, digits and hyphens"}
  aws: {{ if .csi.aws.objectName }}{like: "^[^\"]+$", is: "a key of the JSON"}{{ else }}{like: "^[A-Za-z0-9/_+=.@:-]+$", is: "a name in AWS: letters, digits and /_+=.@-"}{{ end }}
  gcp: {like: "^[A-Za-z0-9_-]{1,255}$", is: "a name in Secret Manager: letters, digits, hyphens and underscores"}
  vault: {like: "^\\S+$", is: "a key of the secret in Vault"}
{{- end -}}
