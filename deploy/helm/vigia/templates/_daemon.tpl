{{- define "vigia.daemon.securityContext" -}}
{{- $context := dict
  "runAsUser" (int64 .Values.uid)
  "runAsGroup" (int64 .Values.uid)
  "runAsNonRoot" true
  "privileged" false
  "allowPrivilegeEscalation" false
  "readOnlyRootFilesystem" true
  "capabilities" (dict "drop" (list "ALL"))
  "seccompProfile" (dict "type" "RuntimeDefault") }}
{{- merge (deepCopy .Values.securityContext) $context | toYaml }}
{{- end }}

{{/* bin/vigia increases the heap limit accordingly: 1 MB per 400 of maxPeers. */}}
{{- define "vigia.daemon.resources" -}}
{{- $peers := 0 }}
{{- if eq .Values.settings.peers "cluster" }}{{ $peers = div (int .Values.settings.maxPeers) 400 }}{{ end }}
{{- $derived := dict
  "requests" (dict "cpu" "10m" "memory" (printf "%dMi" (add 144 $peers)))
  "limits" (dict "memory" (printf "%dMi" (add 256 $peers))) }}
{{- merge (deepCopy .Values.resources) $derived | toYaml }}
{{- end }}

{{- define "vigia.daemon" -}}
- name: vigia
  image: {{ include "vigia.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args:
    - run
    {{- with .Values.extraArgs }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  env:
    {{- include "vigia.env" . | nindent 4 }}
  ports:
    - name: metrics
      containerPort: {{ include "vigia.port" . }}
      protocol: TCP
  securityContext:
    {{- include "vigia.daemon.securityContext" . | nindent 4 }}
  resources:
    {{- include "vigia.daemon.resources" . | nindent 4 }}
  {{- with .Values.livenessProbe }}
  livenessProbe:
    {{- include "vigia.probe" (dict "root" $ "probe" .) | nindent 4 }}
  {{- end }}
  {{- with .Values.readinessProbe }}
  readinessProbe:
    {{- include "vigia.probe" (dict "root" $ "probe" .) | nindent 4 }}
  {{- end }}
  terminationMessagePolicy: FallbackToLogsOnError
  volumeMounts:
    - name: bpffs
      mountPath: /host/bpf
      readOnly: true
    # Created by the loader. The daemon writes its name here while it holds the lock.
    - name: bpffs
      mountPath: /host/bpf/consumer-lock
      subPath: consumer-lock
    - name: cgroup
      mountPath: /sys/fs/cgroup
      readOnly: true
    - name: run
      mountPath: /run/vigia
    {{- if include "vigia.asksKubernetes" . }}
    - name: api-access
      mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
    {{- end }}
    {{- if .Values.poolNames }}
    - name: pool-names
      mountPath: /etc/vigia
      readOnly: true
    {{- end }}
    {{- if include "vigia.hasWebConfig" . }}
    - name: web-config
      mountPath: /etc/vigia-web
      readOnly: true
    {{- end }}
    {{- with .Values.extraVolumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{/* The rollout needs a running container, so this one waits. */}}
{{- define "vigia.unloaded" -}}
- name: unloaded
  image: {{ include "vigia.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command: [/usr/bin/node, -e, "process.on('SIGTERM', process.exit); setInterval(() => {}, 1e9)"]
  securityContext:
    {{- include "vigia.daemon.securityContext" . | nindent 4 }}
  resources:
    {{- include "vigia.daemon.resources" . | nindent 4 }}
{{- end }}
