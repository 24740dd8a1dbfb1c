{{- define "vigia.volumes" -}}
{{- $isLoad := not .Values.unload -}}
- name: bpffs
  hostPath:
    path: {{ $bpffs := include "vigia.bpffsHostPath" . }}{{ ternary $bpffs (dir $bpffs) $isLoad }}
    type: {{ ternary "DirectoryOrCreate" "Directory" $isLoad }}
- name: cgroup
  hostPath:
    path: {{ .Values.cgroupHostPath }}
    type: Directory
{{- if $isLoad }}
# For the socket of "vigia findings" and similar commands.
- name: run
  emptyDir:
    sizeLimit: 1Mi
{{- if include "vigia.asksKubernetes" . }}
- name: api-access
  projected:
    sources:
      - serviceAccountToken:
          path: token
          expirationSeconds: 3607
      - configMap:
          name: kube-root-ca.crt
          items:
            - key: ca.crt
              path: ca.crt
{{- end }}
{{- end }}
{{- if and $isLoad (include "vigia.hasWebConfig" .) }}
- name: web-config
  projected:
    sources:
      - secret:
          name: {{ include "vigia.webConfigSecret" . }}
      {{- with .Values.webConfig.tlsSecret }}
      - secret:
          name: {{ . }}
          items:
            {{- range list "tls.crt" "tls.key" }}
            - key: {{ . }}
              path: tls/{{ . }}
            {{- end }}
      # Some issuers do not provide it.
      - secret:
          name: {{ . }}
          optional: true
          items:
            - key: ca.crt
              path: tls/ca.crt
      {{- end }}
{{- end }}
{{- if .Values.poolNames }}
- name: pool-names
  configMap:
    name: {{ include "vigia.fullname" . }}-pool-names
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
