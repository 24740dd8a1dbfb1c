{{/* Root with only the capabilities that a load needs. Privileged if it mounts a bpffs. */}}
{{- define "vigia.loader.securityContext" -}}
{{- $capabilities := list "BPF" "PERFMON" "NET_ADMIN" "CHOWN" }}
{{- $wanted := .Values.loader.capabilities }}
{{- if or $wanted.sysAdmin .Values.unload }}{{ $capabilities = append $capabilities "SYS_ADMIN" }}{{ end }}
{{- if $wanted.sysResource }}{{ $capabilities = append $capabilities "SYS_RESOURCE" }}{{ end }}
{{- $context := dict
  "runAsUser" 0
  "runAsGroup" 0
  "runAsNonRoot" false
  "privileged" false
  "allowPrivilegeEscalation" false
  "readOnlyRootFilesystem" true
  "capabilities" (dict "drop" (list "ALL") "add" $capabilities)
  "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- if .Values.bpffsMount }}
{{- $context = dict
  "runAsUser" 0
  "runAsGroup" 0
  "runAsNonRoot" false
  "privileged" true
  "readOnlyRootFilesystem" true }}
{{- end }}
{{- merge (deepCopy .Values.loader.securityContext) $context | toYaml }}
{{- end }}

{{/*
The memory of the maps stays charged to the pod, in addition to the daemon's. The pod's request and limit are
the larger of both containers'. Loading needs 62 MiB in addition to the maps. Of 128 MiB, the maps use 21 MiB
with 2 CPUs, 74 with 16, and all with 32 or more.
*/}}
{{- define "vigia.loader.resources" -}}
{{- if .Values.loader.resources }}
{{- toYaml .Values.loader.resources }}
{{- else -}}
{{- $maps := include "vigia.mapMemoryMi" . | int -}}
requests:
  cpu: 10m
  memory: {{ add (div $maps 2) 144 }}Mi
limits:
  memory: {{ add $maps 256 }}Mi
{{- end }}
{{- end }}

{{/* Loads or unloads. Unloading mounts the parent directory, so that it can remove the directory of the pins. */}}
{{- define "vigia.loader" -}}
{{- $isLoad := not .Values.unload -}}
- name: {{ ternary "load" "unload" $isLoad }}
  image: {{ include "vigia.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [{{ ternary "load" "unload" $isLoad }}]
  env:
    {{- include "vigia.env" . | nindent 4 }}
  securityContext:
    {{- include "vigia.loader.securityContext" . | nindent 4 }}
  resources:
    {{- include "vigia.loader.resources" . | nindent 4 }}
  # kubectl describe shows its last message.
  terminationMessagePolicy: FallbackToLogsOnError
  volumeMounts:
    - name: bpffs
      mountPath: /host/bpf
      {{- if .Values.bpffsMount }}
      mountPropagation: Bidirectional
      {{- end }}
    - name: cgroup
      mountPath: /sys/fs/cgroup
      readOnly: true
    {{- if .Values.poolNames }}
    - name: pool-names
      mountPath: /etc/vigia
      readOnly: true
    {{- end }}
{{- end }}
