{{- define "vigia.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* If the release has the name of the chart, that name is sufficient. */}}
{{- define "vigia.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains (include "vigia.name" .) .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "vigia.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "vigia.objectLabels" -}}
app.kubernetes.io/name: {{ include "vigia.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* This value is missing in a release of an earlier chart that is upgraded with --reuse-values. */}}
{{- define "vigia.isCollected" -}}
{{- if (.Values.opencost).collector }}true{{ end }}
{{- end }}

{{/*
Labels of the pods. OpenCost's collector selects pods by this name and instance. The label "app"
distinguishes Vigia's pods from others with the same two labels.
*/}}
{{- define "vigia.selectorLabels" -}}
{{- if include "vigia.isCollected" . -}}
app.kubernetes.io/name: network-costs
app.kubernetes.io/instance: kubecost
app: {{ include "vigia.fullname" . }}
{{- else -}}
{{ include "vigia.objectLabels" . }}
{{- end }}
{{- end }}

{{- define "vigia.labels" -}}
{{ include "vigia.allLabels" (dict "root" . "own" (include "vigia.objectLabels" .)) }}
{{- end }}

{{- define "vigia.podLabels" -}}
{{ include "vigia.allLabels" (dict "root" . "own" (include "vigia.selectorLabels" .)) }}
{{- end }}

{{- define "vigia.allLabels" -}}
{{- $own := .own }}
{{- with .root -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ $own }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/component: agent
app.kubernetes.io/part-of: {{ include "vigia.name" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "vigia.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "vigia.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "vigia.image" -}}
{{- with .Values.image.registry }}{{ . }}/{{ end }}{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}
{{- else }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}
{{- end }}

{{/* Settings as environment variables of both containers. Example: mapMemory becomes VIGIA_MAP_MEMORY. */}}
{{/*
Both containers mount the pins at /host/bpf. A runtime cannot create a mount point below /sys/fs/bpf of a
container, which is an empty directory of its sysfs, and the AppArmor profile of container runtimes forbids
writing below /sys.
*/}}
{{- define "vigia.env" -}}
- name: VIGIA_NODE_NAME
  valueFrom:
    fieldRef:
      fieldPath: spec.nodeName
- name: VIGIA_LISTEN
  value: {{ printf ":%s" (include "vigia.port" .) | quote }}
- name: VIGIA_BPFFS
  value: {{ .Values.unload | ternary (printf "/host/bpf/%s" (base (include "vigia.bpffsHostPath" .))) "/host/bpf" }}
- name: VIGIA_UID
  value: {{ int64 .Values.uid | quote }}
{{- $settings := .Values.settings }}
{{- if include "vigia.isCollected" . }}{{ $settings = merge (dict "egress" "opencost") $settings }}{{ end }}
{{- range $name, $setting := $settings }}
{{- $text := "" }}
{{- if kindIs "slice" $setting }}{{ $text = join "," $setting }}
{{- else if kindIs "float64" $setting }}{{ $text = int64 $setting | toString }}
{{- else }}{{ $text = toString (default "" $setting) }}
{{- end }}
{{- if $text }}
- name: VIGIA_{{ $name | snakecase | upper }}
  value: {{ $text | quote }}
{{- end }}
{{- end }}
{{- if .Values.poolNames }}
- name: VIGIA_POOL_NAMES
  value: /etc/vigia/pool-names
{{- end }}
{{- if include "vigia.hasWebConfig" . }}
- name: VIGIA_WEB_CONFIG_FILE
  value: /etc/vigia-web/web.yaml
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* OpenCost's collector scrapes all pods on the same port. */}}
{{- define "vigia.port" -}}
{{- if include "vigia.isCollected" . }}{{ int .Values.opencost.port }}{{ else }}{{ int .Values.port }}{{ end }}
{{- end }}

{{/* Whether names come from the Kubernetes API. */}}
{{- define "vigia.watchesKubernetes" -}}
{{- if ne .Values.settings.kubernetes "off" }}true{{ end }}
{{- end }}

{{/* Whether the Kubernetes API reviews tokens. */}}
{{- define "vigia.reviewsTokens" -}}
{{- if eq .Values.settings.auth "kubernetes" }}true{{ end }}
{{- end }}

{{- define "vigia.asksKubernetes" -}}
{{- if or (include "vigia.watchesKubernetes" .) (include "vigia.reviewsTokens" .) }}true{{ end }}
{{- end }}

{{- define "vigia.hasWebConfig" -}}
{{- if or .Values.webConfig.config .Values.webConfig.existingSecret }}true{{ end }}
{{- end }}

{{- define "vigia.webConfigSecret" -}}
{{- default (printf "%s-web" (include "vigia.fullname" .)) .Values.webConfig.existingSecret }}
{{- end }}

{{- define "vigia.scheme" -}}
{{- with .Values.webConfig }}
{{- if or .config.tls_server_config (and .existingSecret .https) }}https{{ else }}http{{ end }}
{{- end }}
{{- end }}

{{/* Whether /metrics requires credentials. */}}
{{- define "vigia.isProtected" -}}
{{- $tls := default dict .Values.webConfig.config.tls_server_config }}
{{- if or (include "vigia.reviewsTokens" .) .Values.webConfig.config.basic_auth_users $tls.client_auth_type .Values.webConfig.existingSecret }}true{{ end }}
{{- end }}

{{/* A probe, over TLS if TLS is configured. Kubelets do not verify the certificate. */}}
{{- define "vigia.probe" -}}
{{- $probe := deepCopy .probe }}
{{- if and $probe.httpGet (eq (include "vigia.scheme" .root) "https") }}
{{- $_ := set $probe "httpGet" (merge $probe.httpGet (dict "scheme" "HTTPS")) }}
{{- end }}
{{- toYaml $probe }}
{{- end }}

{{- define "vigia.mapMemoryMi" -}}
{{- $size := default "128MiB" .Values.settings.mapMemory }}
{{- if hasSuffix "GiB" $size }}{{ mul 1024 (trimSuffix "GiB" $size | int) }}
{{- else }}{{ trimSuffix "MiB" $size | int }}
{{- end }}
{{- end }}

{{/* Without a bpffs, no directory can be created below /sys. */}}
{{- define "vigia.bpffsHostPath" -}}
{{- $isDefault := eq .Values.bpffsHostPath "/sys/fs/bpf/vigia" -}}
{{- if and .Values.bpffsMount $isDefault }}/run/vigia/bpf{{ else }}{{ .Values.bpffsHostPath }}{{ end }}
{{- end }}
